// Sends every photo of a directory with Microsoft's JavaScript client: 8 at once, each tried again up to 10 times by the
// client's own rules. node client.cjs DIRECTORY GRAPH_URL, with TOKEN in the environment.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { Client, HTTPMessageHandler, RetryHandler, RetryHandlerOptions } = require("@microsoft/microsoft-graph-client");

// Its own handler of tokens takes them off requests to addresses without https, so another one stands in its place.
class Token {
  setNext(next) {
    this.next = next;
  }
  execute(context) {
    context.options.headers = { ...context.options.headers, Authorization: `Bearer ${process.env.TOKEN}` };
    return this.next.execute(context);
  }
}

const [directory, baseUrl] = process.argv.slice(2);
const [retry, token] = [new RetryHandler(new RetryHandlerOptions(3, 10)), new Token()];
retry.setNext(token);
token.setNext(new HTTPMessageHandler());
const client = Client.initWithMiddleware({ baseUrl, middleware: retry });
const files = fs.readdirSync(directory);
let failed = 0;

async function send(file) {
  const upn = path.basename(file, ".jpg");
  try {
    const photo = client.api(`/users/${encodeURIComponent(upn)}/photo/$value`).header("Content-Type", "image/jpeg");
    await photo.put(fs.readFileSync(path.join(directory, file)));
  } catch {
    failed += 1;
  }
}

async function work() {
  for (let file = files.shift(); file; file = files.shift()) {
    await send(file);
  }
}

Promise.all(Array.from({ length: 8 }, work)).then(() => process.exit(failed ? 1 : 0));
