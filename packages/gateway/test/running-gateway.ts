/**
 * A gateway on free ports in a folder of its own, for one test.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'undici'
import { loadSettings } from '../src/config/load-settings.ts'
import { createLog } from '../src/observe/log.ts'
import { Gateway, type StopReport } from '../src/server/gateway.ts'
import { Scrape } from './scrape.ts'

/** An answer, read to its end. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The body as JSON. */
  readonly json: unknown
}

/** A gateway with a client for each of its listeners. */
export class RunningGateway {
  readonly gateway: Gateway
  readonly folder: string
  readonly url: string
  readonly adminUrl: string
  readonly #client: Pool

  private constructor(gateway: Gateway, folder: string) {
    this.gateway = gateway
    this.folder = folder
    this.url = `http://127.0.0.1:${gateway.address.port}`
    this.adminUrl = `http://127.0.0.1:${gateway.adminAddress.port}`
    this.#client = new Pool(this.url, { pipelining: 1 })
  }

  /**
   * @param yaml - the configuration but for addresses; `DIR` stands for the folder of this gateway
   * @param dataDir - where it keeps its files
   */
  static async start(yaml: string, dataDir = 'DIR'): Promise<RunningGateway> {
    const folder = await mkdtemp(join(tmpdir(), 'spillway-'))
    const text = `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\ndataDir: ${dataDir}\n${yaml}`.replaceAll(
      'DIR',
      folder,
    )
    const settings = loadSettings({ name: 'test.yaml', text })
    return new RunningGateway(await Gateway.start(settings, createLog('silent')), folder)
  }

  get port(): number {
    return this.gateway.address.port
  }

  /** Posts a body to a stream, as JSON unless told otherwise. */
  async post(stream: string, body: string | Buffer, type = 'application/json'): Promise<Reply> {
    return this.request('POST', `/v1/streams/${stream}`, { headers: { 'content-type': type }, body })
  }

  /** Posts to a stream until there is no place: while its last delivery ends, there may be one more. */
  async fill(stream: string, body = '{}'): Promise<void> {
    for (let refused = 0; refused < 3; ) {
      refused = (await this.post(stream, body)).status === 202 ? 0 : refused + 1
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async request(
    method: string,
    path: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: string | Buffer } = {},
  ): Promise<Reply> {
    const reply = await this.#client.request({
      method,
      path,
      headers,
      ...(body === undefined ? {} : { body }),
    })
    const text = await reply.body.text()
    return {
      status: reply.statusCode,
      headers: reply.headers,
      json: text === '' ? undefined : JSON.parse(text),
    }
  }

  /** What the admin listener tells Prometheus now. */
  async scrape(): Promise<Scrape> {
    return new Scrape(await (await fetch(`${this.adminUrl}/metrics`)).text())
  }

  /** Stops the gateway; `stop` again does nothing new. */
  stop(): Promise<StopReport> {
    return this.gateway.stop()
  }

  /** What a stream's file holds. */
  read(fileName: string): Promise<string> {
    return readFile(join(this.folder, fileName), 'utf8')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.destroy()
    await this.gateway.stop()
    await rm(this.folder, { recursive: true, force: true })
  }
}
