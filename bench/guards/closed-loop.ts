/**
 * A load that sends the next request of each connection when the last one was
 * answered: it measures how many a server can answer. It speaks HTTP by hand,
 * so that it takes less processor time than the server.
 */
import { connect, type Socket } from 'node:net'
import { isWhole, REQUEST } from './wire.ts'

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
