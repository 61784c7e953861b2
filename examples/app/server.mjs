// The container of the example: a web server in a few lines, as `fairlead container-service deploy` runs it on every node. HOST and PORT
// come from the platform, all else is this program's own.

import { createServer } from "node:http";

const { HOST, PORT, GREETING = "Hello" } = process.env;

const page = (visitor) => `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <title>app.shop.test</title>
  <h1>app.shop.test</h1>
  <p>${GREETING} from a container service: this node listens at ${HOST}:${PORT}.</p>
  <p>You came from ${visitor} by way of the edge.</p>
  <p>Deploy another version while you reload: nobody is turned away.</p>
</html>
`;

const server = createServer((request, response) => {
  if (request.url === "/up") {
    response.end("up\n");
    return;
  }
  const visitor = (request.headers["x-forwarded-for"] ?? "nowhere").replaceAll(/[^0-9a-f.:, ]/gi, "");
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
  response.end(page(visitor));
});
server.listen(Number(PORT), HOST, () => process.stdout.write(`listening at ${HOST}:${PORT}\n`));

// The platform stops a node once its requests are over.
process.on("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
});
