import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readTestReport, verdict } from './test-report.mjs'

const none = { passed: 0, failures: [], secondTries: [], skipped: [] }

describe('the report of a test run', () => {
  it('counts what passed, and names what failed, what was skipped, and what passed at the second try', () => {
    const folder = mkdtempSync(join(tmpdir(), 'report-'))
    const path = join(folder, 'report.json')
    const test = (status: string, fullName: string, ...failureMessages: string[]): object => ({
      status,
      fullName,
      failureMessages,
    })
    const assertionResults = [
      test('passed', 'opens'),
      test('passed', 'closes', 'Error: stuck\n at hinge'),
      test('failed', 'holds', 'AssertionError: expected 3 to be 4\n at wall', 'AssertionError: again'),
      test('skipped', 'talks to a broker'),
      test('todo', 'flies'),
    ]
    writeFileSync(
      path,
      JSON.stringify({ testResults: [{ name: 'packages/dam/gate.test.ts', assertionResults }] }),
    )
    expect(readTestReport(path)).toEqual({
      passed: 2,
      failures: ['gate.test.ts: holds: AssertionError: expected 3 to be 4'],
      secondTries: ['gate.test.ts: closes: Error: stuck'],
      skipped: ['gate.test.ts: talks to a broker', 'gate.test.ts: flies'],
    })
    rmSync(folder, { recursive: true })
  })

  it('is empty when there is none', () => {
    expect(readTestReport('nowhere.json')).toEqual(none)
  })
})

describe('the verdict on a test run', () => {
  it('passes when every test ran and passed', () => {
    const report = { ...none, passed: 3 }
    expect(verdict(report, 0, true)).toEqual({ exitCode: 0, lines: ['3 passed, 0 failed'] })
  })

  it('names skipped tests, and passes where they are allowed', () => {
    const report = { ...none, passed: 3, skipped: ['a.test.ts: b'] }
    expect(verdict(report, 0, false)).toEqual({
      exitCode: 0,
      lines: ['SKIPPED  a.test.ts: b', '3 passed, 0 failed, 1 skipped'],
    })
  })

  it('fails for a skipped test where every test must run', () => {
    const { exitCode, lines } = verdict({ ...none, passed: 3, skipped: ['a.test.ts: b'] }, 0, true)
    expect(exitCode).toBe(1)
    expect(lines[1]).toMatch(/^FAILED .*1 skipped/)
  })

  it('fails when no test ran, however glad the runner', () => {
    expect(verdict(none, 0, false).exitCode).toBe(1)
  })

  it('keeps the exit code of the runner, which also tells of files that could not be loaded', () => {
    expect(verdict({ ...none, passed: 3 }, 1, false).exitCode).toBe(1)
    expect(verdict({ ...none, passed: 3, failures: ['a.test.ts: b: c'] }, 1, true)).toEqual({
      exitCode: 1,
      lines: ['FAILED   a.test.ts: b: c', '3 passed, 1 failed'],
    })
  })

  it('passes a test that passed at its second try, and says so', () => {
    expect(verdict({ ...none, passed: 3, secondTries: ['a.test.ts: b: c'] }, 0, true)).toEqual({
      exitCode: 0,
      lines: ['RETRIED  a.test.ts: b: c', '3 passed, 0 failed'],
    })
  })
})
