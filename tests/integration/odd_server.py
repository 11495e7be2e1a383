#!/usr/bin/python3
"""An HTTP server that answers like a Prometheus in trouble.

    odd_server.py PORT [CERTIFICATE KEY]

Prints a line when it listens. What it answers is named by the query; see answer(). With a
certificate it speaks TLS. "token" succeeds only with the bearer token "open sesame" without the
blank.
"""

import http.server
import json
import ssl
import sys
import time
import urllib.parse


def vector(*series):
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": [
        {"metric": labels, "value": [time.time() - age, value]} for labels, value, age in series]}})


WEB = {"instance": "web-1"}
FIXED = {
    "good": (200, lambda: vector((WEB, "0.25", 0))),
    "nan": (200, lambda: vector((WEB, "NaN", 0))),
    "infinite": (200, lambda: vector((WEB, "+Inf", 0))),
    "unlabelled": (200, lambda: vector(({}, "0.25", 0))),
    "stranger": (200, lambda: vector(({"instance": "other-9"}, "0.25", 0))),
    "old": (200, lambda: vector((WEB, "0.25", 3600))),
    "empty": (200, lambda: vector()),
    "two": (200, lambda: vector((WEB, "1", 0), ({"instance": "web-2"}, "2", 0))),
    "garbage": (200, lambda: "<html>It works!</html>"),
    "deep": (200, lambda: "[" * 1_000_000),
    "half": (200, lambda: vector((WEB, "0.25", 0))[:40]),
    "matrix": (200, lambda: '{"status": "success", "data": {"resultType": "matrix", "result": []}}'),
    "error": (400, lambda: '{"status": "error", "errorType": "bad_data", "error": "no such thing"}'),
    "busy": (503, lambda: "Service Unavailable"),
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        query = urllib.parse.parse_qs(self.rfile.read(length).decode())["query"][0]
        if query == "slow":
            time.sleep(3)
            query = "good"
        if query == "token":
            good = self.headers.get("Authorization") == "Bearer opensesame"
            self.answer(200 if good else 401, FIXED["good"][1]() if good else "who are you?")
        elif query == "huge":
            self.answer(200, "x" * (9 << 20))
        elif query == "closed":
            self.close_connection = True
        elif query == "elsewhere":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
        else:
            status, text = FIXED[query]
            self.answer(status, text())

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass  # whoever asked had heard enough

    def log_message(self, *_):
        pass


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    server.daemon_threads = True
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print("listens", flush=True)
    server.serve_forever()


main()
