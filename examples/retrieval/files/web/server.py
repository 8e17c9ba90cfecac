"""The web pages of the service."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from web.sessions import Sessions
from web.pages import render_beds

sessions = Sessions()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/beds"):
            user = sessions.user_of(self.headers.get("Cookie", ""))
            if user is None:
                self.redirect("/login")
            else:
                self.reply(render_beds(user))

    def reply(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body.encode("latin-1"))

    def redirect(self, where):
        self.send_response(302)
        self.send_header("Location", where)
        self.end_headers()


def serve(port):
    ThreadingHTTPServer(("", port), Handler).serve_forever()
