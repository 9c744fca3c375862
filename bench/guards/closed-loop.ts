/**
 * A load that sends the next request of each connection when the last one was
 * answered: it measures how many a server can answer. It speaks HTTP by hand,
 * so that it takes less processor time than the server. Its connections stay
 * open between two runs, so that even a short one measures requests alone.
 */
import { connect, type Socket } from 'node:net'
import { isWhole, REQUEST } from './wire.ts'

/** How often it is looked whether the last answers have come, and for how long. */
const LOOK_MS = 1
const PATIENCE_MS = 30_000

/** What was answered in one run. */
export interface Answered {
  /** Answers by status, also those that came after its end. */
  readonly statuses: ReadonlyMap<number, number>
  /** Answers until its end. */
  readonly inTime: number
  /** How long it was. */
  readonly seconds: number
}

/** One keep-alive connection. */
class Connection {
  readonly #socket: Socket
  readonly #onAnswer: (status: number) => boolean
  #rest = ''
  isBusy = false

  /** @param onAnswer - tells whether to send the next request */
  constructor(port: number, onAnswer: (status: number) => boolean) {
    this.#onAnswer = onAnswer
    this.#socket = connect(port, '127.0.0.1').setNoDelay(true)
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (chunk: string) => this.#take(chunk))
    this.#socket.on('error', () => {})
  }

  /** Whether the server has closed it. */
  get isClosed(): boolean {
    return this.#socket.destroyed || this.#socket.readableEnded
  }

  send(): void {
    this.isBusy = true
    this.#socket.write(REQUEST)
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
    this.isBusy = this.#onAnswer(Number(text.slice(9, 12)))
    if (this.isBusy) this.send()
  }
}

/** So many connections to one server. */
export class ClosedLoop {
  readonly #port: number
  #connections: readonly Connection[]
  #statuses = new Map<number, number>()
  #answers = 0
  #isRunning = false

  constructor(port: number, connections: number) {
    this.#port = port
    this.#connections = Array.from({ length: connections }, () => this.#connect())
  }

  /**
   * Keeps every connection busy for `durationMs`, and waits for the last answers.
   *
   * @throws Error when they don't come
   */
  async run(durationMs: number): Promise<Answered> {
    this.#connections = this.#connections.map((each) => (each.isClosed ? this.#connect() : each))
    this.#statuses = new Map()
    this.#answers = 0
    this.#isRunning = true
    const startMs = performance.now()
    for (const connection of this.#connections) connection.send()
    await new Promise((resolve) => setTimeout(resolve, durationMs))
    const seconds = (performance.now() - startMs) / 1000
    const inTime = this.#answers
    this.#isRunning = false
    const endMs = performance.now() + PATIENCE_MS
    while (this.#connections.some(({ isBusy, isClosed }) => isBusy && !isClosed)) {
      if (performance.now() > endMs) throw new Error(`no answer from port ${this.#port} in ${PATIENCE_MS} ms`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
    return { statuses: this.#statuses, inTime, seconds }
  }

  close(): void {
    for (const connection of this.#connections) connection.close()
  }

  #connect(): Connection {
    return new Connection(this.#port, (status) => {
      this.#answers++
      this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1)
      return this.#isRunning
    })
  }
}
