/**
 * The admin listener as an operator's programs see it.
 */
import { request as httpRequest } from 'node:http'
import type { GatewayState, StreamChange, StreamState } from '../src/protocol/state.ts'

/** An answer with its body. */
export interface AdminReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** How a request is made. */
export interface AdminRequest {
  readonly method?: string | undefined
  /** These go out as they are: `Host` too. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
}

/** Sends one request to the admin listener, with any header one likes. */
export function askAdmin(
  adminUrl: string,
  path: string,
  { method = 'GET', headers = {}, body }: AdminRequest = {},
): Promise<AdminReply> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const options = { method, headers: { ...length, ...headers }, agent: false }
    const request = httpRequest(`${adminUrl}${path}`, options, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
      })
    })
    request.on('error', reject).end(body)
  })
}

/** The whole state. */
export async function stateOf(adminUrl: string): Promise<GatewayState> {
  return JSON.parse((await askAdmin(adminUrl, '/api/state')).body) as GatewayState // of our own API
}

/** The state of one stream. */
export async function streamOf(adminUrl: string, name: string): Promise<StreamState> {
  return JSON.parse((await askAdmin(adminUrl, `/api/streams/${name}`)).body) as StreamState // of our own API
}

/** Changes a stream; the answer must be its state. */
export async function change(adminUrl: string, name: string, change: StreamChange): Promise<StreamState> {
  const headers = { 'content-type': 'application/json' }
  const reply = await askAdmin(adminUrl, `/api/streams/${name}`, {
    method: 'PATCH',
    headers,
    body: JSON.stringify(change),
  })
  if (reply.status !== 200) throw new Error(`${reply.status}: ${reply.body}`)
  return JSON.parse(reply.body) as StreamState // of our own API
}

/** Asks again until `isDone`. */
export async function until<T>(ask: () => Promise<T>, isDone: (found: T) => boolean): Promise<T> {
  for (;;) {
    const found = await ask()
    if (isDone(found)) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
