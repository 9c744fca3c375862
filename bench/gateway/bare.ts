/**
 * The least that answers 202: reads the body, parses it, keeps nothing.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const ACCEPTED = '{"accepted":1,"duplicates":0,"durability":"memory"}'

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  JSON.parse(Buffer.concat(chunks).toString())
  response.writeHead(202, { 'Content-Type': 'application/json', 'Content-Length': ACCEPTED.length })
  response.end(ACCEPTED)
})
server.listen(0, '127.0.0.1', () => {
  // The server listens on a port: its address is no pipe's name.
  const { port } = server.address() as AddressInfo
  process.stdout.write(`takes events at http://127.0.0.1:${port}, and nothing else\n`)
})
