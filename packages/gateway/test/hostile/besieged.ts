/**
 * A gateway in a process of its own that is attacked, while a good client sends
 * to it and a probe asks whether it is ready.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'undici'
import { buildGateway } from '../gateway-build.ts'
import { GatewayProcess } from '../gateway-process.ts'
import { MemoryWatch } from '../overload/anonymous-memory.ts'
import { RawClient } from '../raw-client.ts'
import { Scrape } from '../scrape.ts'

const STREAMS = `
streams:
  door: { class: best-effort, window: { items: 10000 }, whenFull: block, sink: { type: file, path: DIR/door.ndjson } }
  good: { class: best-effort, window: { items: 10000 }, whenFull: block, sink: { type: file, path: DIR/good.ndjson } }
`
const GOOD_EACH_MS = 20
const PROBE_EACH_MS = 50

/** What the good client and the probe saw. */
export interface Seen {
  readonly status: number
  readonly tookMs: number
}

/** A gateway under siege. Its stream `door` is for the attackers, `good` for the good client. */
export class Besieged {
  readonly port: number
  readonly adminPort: number
  readonly good: Seen[] = []
  readonly probed: Seen[] = []
  readonly memory: MemoryWatch
  readonly #server: GatewayProcess
  readonly #folder: string
  readonly #pool: Pool
  readonly #adminPool: Pool
  readonly #timers: readonly NodeJS.Timeout[]
  readonly #underWay = new Set<Promise<void>>()

  private constructor(server: GatewayProcess, folder: string, urls: { url: string; adminUrl: string }) {
    this.#server = server
    this.#folder = folder
    this.#pool = new Pool(urls.url, { pipelining: 1 })
    this.#adminPool = new Pool(urls.adminUrl, { pipelining: 1 })
    this.port = Number(new URL(urls.url).port)
    this.adminPort = Number(new URL(urls.adminUrl).port)
    this.memory = new MemoryWatch(server.pid, 100)
    this.#timers = [
      setInterval(() => this.#see(this.good, this.post('good', '{"good":true}')), GOOD_EACH_MS),
      setInterval(() => this.#see(this.probed, this.#probe()), PROBE_EACH_MS),
    ]
  }

  /** @param settings - lines of the configuration, but for its streams */
  static async start(settings: string): Promise<Besieged> {
    const folder = await mkdtemp(join(tmpdir(), 'spillway-'))
    const config = join(folder, 'siege.yaml')
    await writeFile(config, `${settings}${STREAMS}`.replaceAll('DIR', folder))
    const server = GatewayProcess.serveFrom({ program: await buildGateway() }, '--config', config)
    return new Besieged(server, folder, await server.addresses())
  }

  get pid(): number {
    return this.#server.pid
  }

  /** Posts to a stream; resolves with the status. */
  async post(
    stream: string,
    body: string | Buffer,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<number> {
    const all = { 'content-type': 'application/json', ...headers }
    const reply = await this.#pool.request({
      method: 'POST',
      path: `/v1/streams/${stream}`,
      headers: all,
      body,
    })
    await reply.body.dump()
    return reply.statusCode
  }

  /** Sends bytes, and resolves with what was answered until the gateway has closed the connection. */
  async exchange(bytes: string, port = this.port): Promise<string> {
    const client = new RawClient(port)
    client.send(bytes)
    await client.closed
    return client.received
  }

  /** The same, with the statuses alone. */
  async statusesFor(bytes: string, port = this.port): Promise<readonly string[]> {
    return statusesIn(await this.exchange(bytes, port))
  }

  async scrape(): Promise<Scrape> {
    const reply = await this.#adminPool.request({ method: 'GET', path: '/metrics' })
    return new Scrape(await reply.body.text())
  }

  /** How many events the attackers had taken. */
  async taken(): Promise<number> {
    return (await this.scrape()).sum('events_accepted_total', { stream: 'door' })
  }

  /** What was delivered of a stream. */
  delivered(stream: string): Promise<string> {
    return readFile(join(this.#folder, `${stream}.ndjson`), 'utf8')
  }

  /** Ends the good client and the probe, and resolves when they have their answers. */
  async calm(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all(this.#underWay)
    this.memory.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.calm()
    await Promise.all([this.#pool.destroy(), this.#adminPool.destroy()])
    await this.#server[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #probe(): Promise<number> {
    const reply = await this.#adminPool.request({ method: 'GET', path: '/readyz' })
    await reply.body.dump()
    return reply.statusCode
  }

  #see(seen: Seen[], status: Promise<number>): void {
    const startMs = performance.now()
    const under = status
      .catch(() => 0)
      .then((code) => {
        seen.push({ status: code, tookMs: performance.now() - startMs })
        this.#underWay.delete(under)
      })
    this.#underWay.add(under)
  }
}

/** The statuses of the answers in what was received. */
export function statusesIn(received: string): readonly string[] {
  return Array.from(received.matchAll(/HTTP\/1.1 (\d{3}) /g), ([, status]) => status!)
}
