// The form that signs people in.

export async function signIn(form) {
  const answer = await fetch("/session", { method: "POST", body: new FormData(form) });
  if (answer.status === 401) {
    showMessage(form, "Name or password is wrong.");
    return false;
  }
  window.location = "/beds";
  return true;
}

function showMessage(form, text) {
  form.querySelector("output").textContent = text;
}
