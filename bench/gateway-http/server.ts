/**
 * One of the servers that are compared: `bare` is node:http, `fastify` is Fastify 5 with its body parser,
 * `fastify-raw` is Fastify 5 as router and hooks only, the body read by hand.
 *
 * POST /v1/streams/:stream answers 202 after the JSON was read and checked; POST /v1/full/:stream is refused with 503
 * on its headers; POST /v1/feed/:stream counts the lines of an NDJSON body as they arrive.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import Fastify, { type FastifyInstance } from 'fastify'

const PROBLEM = JSON.stringify({ title: 'Temporarily over capacity', status: 503, code: 'ERR_QUEUE_FULL' })
const ACCEPTED = JSON.stringify({ accepted: 1, duplicates: 0, durability: 'memory' })
const BODY_LIMIT_BYTES = 16 * 2 ** 20

function send(response: ServerResponse, status: number, body: string): void {
  const type = status === 202 ? 'application/json' : 'application/problem+json'
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}

function refuse(response: ServerResponse): void {
  response.setHeader('Retry-After', '1')
  send(response, 503, PROBLEM)
}

function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > BODY_LIMIT_BYTES) reject(new Error('too large'))
      else chunks.push(chunk)
    })
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    request.on('error', reject)
  })
}

function countLines(request: IncomingMessage): Promise<number> {
  return new Promise((resolve, reject) => {
    let lines = 0
    request.on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++
    })
    request.on('end', () => resolve(lines))
    request.on('error', reject)
  })
}

function bare(): void {
  const server = createServer(async (request, response) => {
    const [, version, kind, stream] = (request.url ?? '').split('/')
    if (request.method !== 'POST' || version !== 'v1' || !stream) return send(response, 404, '')
    if (kind === 'full') return refuse(response)
    if (kind === 'feed') {
      const lines = await countLines(request)
      return send(response, 202, `{"accepted":${lines}}`)
    }
    JSON.parse((await readBody(request)).toString())
    return send(response, 202, ACCEPTED)
  })
  server.listen(0, '127.0.0.1', () => tellPort(server.address()))
}

async function fastify(parses: boolean): Promise<void> {
  const app: FastifyInstance = Fastify({ bodyLimit: BODY_LIMIT_BYTES })
  app.removeAllContentTypeParsers()
  if (parses) {
    app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, body)
    })
  } else {
    app.addContentTypeParser('application/json', (_request, _payload, done) => done(null))
  }
  app.addContentTypeParser('application/x-ndjson', (_request, _payload, done) => done(null))
  app.post('/v1/streams/:stream', async (request, reply) => {
    const body = parses ? (request.body as Buffer) : await readBody(request.raw)
    JSON.parse(body.toString())
    return reply.code(202).type('application/json').send(ACCEPTED)
  })
  app.post('/v1/feed/:stream', async (request, reply) => {
    const lines = await countLines(request.raw)
    return reply.code(202).type('application/json').send(`{"accepted":${lines}}`)
  })
  const early = (_request: unknown, reply: import('fastify').FastifyReply): void => {
    reply.code(503).header('Retry-After', '1').type('application/problem+json').send(PROBLEM)
  }
  app.post('/v1/full/:stream', { onRequest: early }, async () => '')
  await app.listen({ port: 0, host: '127.0.0.1' })
  tellPort(app.server.address())
}

function tellPort(address: unknown): void {
  const port = (address as { port: number }).port
  process.send?.({ port })
  process.on('message', () => process.send?.({ cpu: process.cpuUsage() }))
  process.on('disconnect', () => process.exit(0))
}

if (process.argv[2] === 'bare') bare()
else await fastify(process.argv[2] === 'fastify')
