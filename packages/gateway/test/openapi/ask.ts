/**
 * Asks a gateway, and hears the answer to its end; also where a client would
 * not ask so.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { Agent, request } from 'undici'
import type { Heard } from './documented.ts'

/** What is asked. */
export interface Question {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Each question has a connection of its own. */
const agent = (): Agent => new Agent({ pipelining: 0 })

/** Asks as a client does. */
export async function ask(
  url: string,
  { method = 'GET', headers = {}, body }: Question = {},
): Promise<Heard> {
  const dispatcher = agent()
  try {
    const options = { method, headers, dispatcher, ...(body === undefined ? {} : { body }) }
    const answer = await request(url, options)
    return { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() }
  } finally {
    await dispatcher.destroy()
  }
}

/** Sends bytes, and no more than these, to the port of `url`; the answer is read until the connection ends. */
export async function askRaw(url: string, bytes: string): Promise<Heard> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let said = ''
  socket.on('data', (chunk) => {
    said += chunk
  })
  socket.write(bytes)
  await once(socket, 'close')
  const [head = '', body = ''] = said.split('\r\n\r\n', 2)
  const [first = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => {
      const [name = '', ...value] = line.split(':')
      return [name.toLowerCase(), value.join(':').trim()]
    }),
  )
  return { status: Number(first.split(' ')[1]), headers, body }
}

/** Asks for server-sent events, and hears the first; the connection stays open until `close`. */
export async function listen(url: string): Promise<{ readonly heard: Heard; close(): Promise<void> }> {
  const dispatcher = agent()
  const answer = await request(url, { headers: { accept: 'text/event-stream' }, dispatcher })
  answer.body.on('error', () => {})
  const [chunk] = await once(answer.body, 'data')
  return {
    heard: { status: answer.statusCode, headers: answer.headers, body: String(chunk) },
    close: () => dispatcher.destroy(),
  }
}
