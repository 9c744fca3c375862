/**
 * `lab live` from start to end, on real sockets: a wrong pattern beside Spillway, at four times what a server does that
 * asks little of the machine, so that a busy one can play it too. Whether a run counts is for the machine to say; that
 * each verdict follows from what was recorded, and that the wrong pattern grows, holds on any machine.
 *
 * What is said in each case, and the gates themselves, are tested purely: `live-words`, `live-plan`, `calibration`.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EXAMPLES } from '../src/cli/examples.ts'
import { GATES } from '../src/live/live-plan.ts'
import { readRecording } from '../src/record/read-recording.ts'
import type { Recording, Result } from '../src/record/result.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'spillway-lab-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe(EXAMPLES.live[1], () => {
  let stdout: string | undefined
  let recording: Recording
  let wrong: Result
  let ours: Result

  beforeEach(async () => {
    if (stdout !== undefined) return
    const out = join(folder, 'live.json')
    const entry = ['--conditions=@spillway/source', '--import', 'tsx', 'packages/lab/src/main.ts']
    const args = [...entry, ...EXAMPLES.live[1].split(' '), '--out', out]
    stdout = (await promisify(execFile)(process.execPath, args, { cwd: root })).stdout
    recording = readRecording(out, await readFile(out, 'utf8'))
    ;[wrong, ours] = recording.results as [Result, Result]
  })
  // A second try looks at a second run.
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') stdout = undefined
  })

  it('measures every run, and writes all of them', () => {
    expect(recording.complete).toBe(true)
    expect(recording.results.map(({ row }) => row.policy)).toEqual(['unbounded-queue', 'processor'])
    for (const { row } of recording.results) expect(row.goodputPerSecond).toBeGreaterThanOrEqual(0)
  })

  it('lets the wrong pattern grow by nearly all that comes too much, and keeps the processor small', () => {
    const { offeredPerSecond, throughputPerSecond, insideMax } = wrong.row
    const tooMuch = (offeredPerSecond - throughputPerSecond) * (wrong.live!.watchedMs / 1000)
    expect(insideMax).toBeGreaterThan(0.7 * tooMuch)
    expect(insideMax).toBeGreaterThan(5 * ours.row.insideMax)
    expect(wrong.row.memorySlopeBytesPerMinute).toBeGreaterThan(10e6)
  })

  it('answers in time with the processor, and nearly nobody with the wrong pattern', () => {
    expect(ours.row.goodputRatio).toBeGreaterThan(3 * wrong.row.goodputRatio)
    expect(ours.row.goodputPerSecond).toBeGreaterThan(0)
  })

  it('counts a run that keeps within every gate, and tells of each other one which it broke', () => {
    for (const { row, live } of recording.results) {
      const { generatorLagP99Ms, offeredError, generatorCpuShare, faults, stoppedAtMemoryBound } = live!
      const broken = [
        ...(generatorLagP99Ms > GATES.lagP99Ms ? [/the generator lagged/] : []),
        ...(offeredError > GATES.offeredError ? [/the offered load was off/] : []),
        ...(generatorCpuShare > GATES.generatorCpu ? [/the generator took/] : []),
      ]
      const others = faults.filter((fault) => !broken.some((gate) => gate.test(fault)))
      for (const gate of broken) expect(faults.join()).toMatch(gate)
      const ofTheServer = /^the server did \d+ a second before the runs and \d+ after|it was found wrongly$/
      for (const fault of others) expect(fault).toMatch(ofTheServer)
      expect(row.valid).toBe(faults.length === 0 && !stoppedAtMemoryBound)
      for (const fault of faults) expect(stdout).toContain(`${row.policy} at 4x does not count: ${fault}`)
      expect(/processor +\| 4x +\| at least 90 % of refusals early/.test(stdout ?? '')).toBe(ours.row.valid)
    }
  })
})
