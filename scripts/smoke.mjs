/**
 * `npm run smoke`: `npm start` as a newcomer would use it, from start to stop.
 *
 * Starts the gateway twice on free ports, posts an event, waits for its
 * delivery, stops it; then makes the two commonest mistakes. Prints how long
 * each start took.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { root } from './fresh/make-fresh.mjs'

const mostSecondStartMs = 2000
const dataDir = mkdtempSync(join(tmpdir(), 'spillway-smoke-'))
let failed = 0

try {
  const first = await startServeAndStop('{"smoke":"first"}')
  report('npm start serves, delivers and stops', first.faults, `${first.startMs.toFixed(0)} ms`)
  const second = await startAgain()
  report('a second npm start takes under 2 s', second.faults, second.note)
  report('an unknown option names the nearest one', await unknownOption())
  report('a port in use says so, and exits with 1', await portInUse())
} finally {
  rmSync(dataDir, { recursive: true, force: true })
}
console.log(`smoke: ${4 - failed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

/**
 * @param {string} what
 * @param {string[]} faults
 * @param {string} [note]
 */
function report(what, faults, note = '') {
  if (faults.length > 0) failed++
  console.log(`${faults.length > 0 ? 'FAILED' : 'ok    '}  ${what}  ${note}`)
  for (const fault of faults) console.log(`        ${fault}`)
}

/**
 * Starts again, at most three times: what else the machine does is no fault of the start.
 *
 * @returns {Promise<{ faults: string[], note: string }>}
 */
async function startAgain() {
  /** @type {string[]} */
  const times = []
  for (const attempt of [1, 2, 3]) {
    const { startMs, faults } = await startServeAndStop(`{"smoke":"again","attempt":${attempt}}`)
    times.push(`${startMs.toFixed(0)} ms`)
    if (faults.length > 0 || startMs <= mostSecondStartMs) return { faults, note: times.join(', ') }
  }
  return { faults: [`it never took less than ${mostSecondStartMs} ms`], note: times.join(', ') }
}

/**
 * @param {string} event - JSON, unlike any other event of this run
 * @returns {Promise<{ startMs: number, faults: string[] }>} the time until it was ready, and what went wrong
 */
async function startServeAndStop(event) {
  const [port, adminPort] = [await freePort(), await freePort()]
  const startedMs = performance.now()
  const gateway = npmStart(['--port', String(port), '--admin-port', String(adminPort), '--data-dir', dataDir])
  /** @type {string[]} */
  const faults = []
  const isReady = await until(
    600_000,
    () => gateway.hasEnded() || answers(`http://127.0.0.1:${adminPort}/readyz`),
  )
  const startMs = performance.now() - startedMs
  if (!isReady || gateway.hasEnded()) {
    gateway.endAll()
    return { startMs, faults: ['it was never ready', gateway.output()] }
  }
  const response = await fetch(`http://127.0.0.1:${port}/v1/streams/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: event,
  })
  if (response.status !== 202) faults.push(`POST answered ${response.status}: ${await response.text()}`)
  if (!(await until(10_000, () => isDelivered(event)))) faults.push('the event was not delivered within 10 s')
  gateway.stop()
  if (!(await until(20_000, gateway.hasEnded))) faults.push('it did not stop within 20 s of SIGTERM')
  else if (gateway.exitCode() !== 0) faults.push(`it stopped with ${gateway.exitCode()}`, gateway.output())
  gateway.endAll()
  return { startMs, faults }
}

/** @returns {Promise<string[]>} */
async function unknownOption() {
  const gateway = npmStart(['--prot', '9090'])
  const ended = await until(20_000, gateway.hasEnded)
  gateway.endAll()
  if (!ended) return ['it did not end']
  const faults = gateway.exitCode() === 0 ? ['it ended with 0'] : []
  return gateway.output().includes('--port') ? faults : [...faults, `it said: ${gateway.output()}`]
}

/** @returns {Promise<string[]>} */
async function portInUse() {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const port = portOf(other)
  const adminPort = await freePort()
  const gateway = npmStart(['--port', String(port), '--admin-port', String(adminPort), '--data-dir', dataDir])
  const ended = await until(20_000, gateway.hasEnded)
  gateway.endAll()
  other.close()
  if (!ended) return ['it did not end']
  const faults = gateway.exitCode() === 1 ? [] : [`it ended with ${gateway.exitCode()}`]
  return gateway.output().includes(String(port)) ? faults : [...faults, `it said: ${gateway.output()}`]
}

/** @param {string[]} flags */
function npmStart(flags) {
  const child = spawn('npm', ['start', '--', ...flags], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own, so that all of it can be ended
  })
  let output = ''
  const keep = (/** @type {Buffer} */ chunk) => {
    output = `${output}${chunk}`.slice(-4000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  return {
    output: () => output,
    exitCode: () => child.exitCode,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    /** As `kill` or a supervisor would: npm alone is told. */
    stop: () => child.kill('SIGTERM'),
    endAll: () => {
      try {
        if (child.pid) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // Nothing of it is left: as it should be.
      }
    },
  }
}

/** @param {string} event */
function isDelivered(event) {
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return files.some((file) => readFileSync(join(file.parentPath, file.name)).includes(`${event}\n`))
}

/** @param {string} url */
async function answers(url) {
  const response = await fetch(url).catch(() => undefined)
  return response?.status === 200
}

/**
 * @param {number} withinMs
 * @param {() => boolean | Promise<boolean>} condition
 */
async function until(withinMs, condition) {
  const endMs = performance.now() + withinMs
  while (performance.now() < endMs) {
    if (await condition()) return true
    await pause(20)
  }
  return false
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return port
}

/** @param {import('node:net').Server} server */
function portOf(server) {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
