/**
 * A load that sends the next request of each connection when the last one was
 * answered: it measures how many a server can answer. It speaks HTTP by hand,
 * so that it takes less processor time than the server.
 */
import { connect, type Socket } from 'node:net'

const EVENT = '{"id":"a1b2c3","type":"page","at":1700000}'
const REQUEST = Buffer.from(
  `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${EVENT.length}\r\n\r\n${EVENT}`,
)

/** One keep-alive connection. */
class Connection {
  readonly #socket: Socket
  readonly #statuses: Map<number, number>
  #rest = ''

  constructor(port: number, statuses: Map<number, number>) {
    this.#statuses = statuses
    this.#socket = connect(port, '127.0.0.1', () => this.#socket.write(REQUEST)).setNoDelay(true)
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (chunk: string) => this.#take(chunk))
    this.#socket.on('error', () => {})
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(chunk: string): void {
    const text = this.#rest + chunk
    const headersEnd = text.indexOf('\r\n\r\n')
    if (headersEnd < 0 || !isWhole(text, headersEnd)) {
      this.#rest = text
      return
    }
    this.#rest = ''
    const status = Number(text.slice(9, 12))
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1)
    this.#socket.write(REQUEST)
  }
}

function isWhole(text: string, headersEnd: number): boolean {
  const length = /content-length: (\d+)/i.exec(text.slice(0, headersEnd))?.[1]
  return length === undefined ? text.endsWith('0\r\n\r\n') : text.length >= headersEnd + 4 + Number(length)
}

/** Answers by status, while `connections` connections were kept busy for `durationMs`. */
export async function closedLoop(
  port: number,
  { connections, durationMs }: { readonly connections: number; readonly durationMs: number },
): Promise<{ readonly statuses: ReadonlyMap<number, number>; readonly seconds: number }> {
  const statuses = new Map<number, number>()
  const startMs = performance.now()
  const open = Array.from({ length: connections }, () => new Connection(port, statuses))
  await new Promise((resolve) => setTimeout(resolve, durationMs))
  const seconds = (performance.now() - startMs) / 1000
  const seen = new Map(statuses)
  for (const connection of open) connection.close()
  return { statuses: seen, seconds }
}
