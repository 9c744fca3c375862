/**
 * What a live run loads: a policy on node:http, or the real gateway.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { anonymousBytes } from './anonymous-memory.ts'
import { endChild, nextMessage, pinned, startChild } from './child.ts'
import { SAMPLE_MS, type ServerFacts, type ServerTask } from './messages.ts'

/** A server that runs. */
export interface Target {
  readonly port: number
  readonly path: string
  /** Resolves when it has stopped itself at its memory bound; else never. */
  readonly stopped: Promise<void>
  facts(): Promise<ServerFacts>
  end(): Promise<void>
}

/** Starts a policy on node:http. */
export async function startPolicy(task: ServerTask): Promise<Target> {
  const child = startChild('server')
  child.send(task)
  const { port } = await nextMessage<{ port: number }>(child, 20_000)
  let last: ServerFacts | undefined
  const stopped = new Promise<void>((resolve) => {
    child.on('message', (message: { readonly facts?: ServerFacts; readonly stopped?: boolean }) => {
      if (!message.stopped) return
      last = message.facts
      resolve()
    })
  })
  return {
    port,
    path: '/',
    stopped,
    async facts() {
      if (last) return last
      child.send('facts')
      return (await nextMessage<{ facts: ServerFacts }>(child, 20_000)).facts
    },
    end: () => endChild(child),
  }
}

/** Starts the gateway with one stream, delivered to a file at `ratePerSecond`: that is its consumer's capacity. */
export async function startGateway(ratePerSecond: number): Promise<Target> {
  const dataDir = await mkdtemp(join(tmpdir(), 'spillway-lab-'))
  const [port, adminPort] = [await freePort(), await freePort()]
  const configPath = join(dataDir, 'gateway.yaml')
  await writeFile(configPath, stringify(gatewayConfig({ dataDir, port, adminPort, ratePerSecond })))
  const [command, ...args] = pinned('server', [process.execPath, ...gatewayEntry(), 'serve'])
  const child = spawn(command, [...args, '--config', configPath], { stdio: ['ignore', 'ignore', 'pipe'] })
  const errors: string[] = []
  child.stderr.on('data', (text) => errors.push(String(text)))
  const remove = async (): Promise<void> => {
    await endChild(child)
    await rm(dataDir, { recursive: true, force: true })
  }
  try {
    await untilListening(port, child)
  } catch (error) {
    await remove()
    throw new Error(`the gateway did not start: ${errors.join('').slice(0, 500) || error}`)
  }
  const memoryBytes: number[] = []
  const sampler = setInterval(() => memoryBytes.push(anonymousBytes(child.pid)), SAMPLE_MS)
  return {
    port,
    path: '/v1/streams/events',
    stopped: new Promise(() => {}),
    facts: () => Promise.resolve({ ...NOT_MEASURED, memoryBytes }),
    async end() {
      clearInterval(sampler)
      await remove()
    },
  }
}

/** What only a process can measure of itself. */
const NOT_MEASURED = {
  inside: [],
  eventLoopDelayP99Ms: 0,
  eventLoopUtilisation: 0,
  cpuMs: 0,
  answered: 0,
  refused: 0,
}

function gatewayEntry(): string[] {
  const path = fileURLToPath(new URL('../../../gateway/src/main.ts', import.meta.url))
  return ['--conditions=@spillway/source', '--import', 'tsx', path]
}

function gatewayConfig({
  dataDir,
  port,
  adminPort,
  ratePerSecond,
}: {
  dataDir: string
  port: number
  adminPort: number
  ratePerSecond: number
}) {
  return {
    listen: `127.0.0.1:${port}`,
    admin: `127.0.0.1:${adminPort}`,
    dataDir: join(dataDir, 'data'),
    logLevel: 'silent',
    streams: {
      events: {
        class: 'best-effort',
        store: 'memory',
        window: { items: 64 },
        whenFull: 'block',
        enqueueTimeoutMs: 100,
        rate: { ratePerSecond },
        sink: { type: 'file', path: join(dataDir, 'events.ndjson') },
      },
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
    if (await isListening(port)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('it did not listen within 20 s')
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
