// Draws the moisture of one bed over the last days.

const WIDTH = 600;
const HEIGHT = 180;

export function drawChart(canvas, readings) {
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, WIDTH, HEIGHT);
  const points = readings.map((reading, index) => [index * step(readings), scaleY(reading.value)]);
  context.beginPath();
  for (const [x, y] of points) {
    context.lineTo(x, y);
  }
  context.stroke();
}

function step(readings) {
  return WIDTH / (readings.length - 1);
}

function scaleY(value) {
  return HEIGHT - value * HEIGHT;
}
