// The contract of the conformance suite on node's http server; files are Debian's `send`, which express uses too.
// PORT and FILES come from the environment.
"use strict";
const http = require("http");
const send = require("send");

const json = (value) => [JSON.stringify(value), "application/json"];
const text = (value) => [value, "text/plain; charset=utf-8"];
const target = (req) => new URL(req.url, "http://" + (req.headers.host || "localhost"));

const routes = {
  "/hello": { methods: ["GET", "HEAD", "POST"], answer: () => text("hello") },
  "/follower": { methods: ["GET", "HEAD"], answer: () => text("followed") },
  "/echo": {
    methods: ["GET", "HEAD", "POST", "PUT"],
    answer: async (req) => {
      const pieces = [];
      for await (const piece of req) pieces.push(piece);
      return [Buffer.concat(pieces), "application/octet-stream"];
    },
  },
  "/unread": { methods: ["GET", "HEAD", "POST"], answer: () => text("unread") },
  "/nothing": { methods: ["GET", "HEAD"], answer: () => null },
  "/stream": {
    methods: ["GET", "HEAD"],
    answer: (req, res) => {
      for (let i = 0; i < 20; i++) res.write(`piece ${i}\n`);
      res.end();
    },
  },
  "/what": {
    methods: ["GET", "HEAD", "POST"],
    answer: (req) => {
      const url = target(req);
      return json({
        method: req.method, path: url.pathname, query: url.search.slice(1), host: url.host,
        test: req.headers["x-test"] === undefined ? "(none)" : req.headers["x-test"],
      });
    },
  },
  "/files": {
    methods: ["GET", "HEAD"],
    answer: (req, res) => {
      const name = target(req).pathname.slice("/files".length);
      send(req, name, { root: process.env.FILES }).pipe(res);
    },
  },
};

function find(path) {
  path = decodeURIComponent(path);
  if (path.startsWith("/what/")) return routes["/what"];
  if (path.startsWith("/files/")) return routes["/files"];
  return routes[path];
}

http.createServer(async (req, res) => {
  try {
    const route = req.url === "*" ? { methods: ["GET", "HEAD", "POST", "PUT"] } : find(target(req).pathname);
    if (!route) {
      res.writeHead(404, { "Content-Length": 0 }).end();
    } else if (req.method === "OPTIONS") {
      res.writeHead(204, { Allow: route.methods.concat("OPTIONS").join(", ") }).end();
    } else if (!route.methods.includes(req.method)) {
      res.writeHead(405, { Allow: route.methods.concat("OPTIONS").join(", "), "Content-Length": 0 }).end();
    } else {
      const answer = await route.answer(req, res);
      if (answer === null) res.writeHead(204).end();
      else if (answer) {
        res.writeHead(200, { "Content-Type": answer[1], "Content-Length": Buffer.byteLength(answer[0]) });
        res.end(answer[0]);
      }
    }
  } catch (e) {
    if (!res.headersSent) res.writeHead(400, { "Content-Length": 0, Connection: "close" });
    res.end();
  }
}).listen(Number(process.env.PORT), "127.0.0.1");
