import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readTestReport, verdict } from './test-report.mjs'

describe('the report of a test run', () => {
  it('counts what passed and failed, and names what was skipped', () => {
    const folder = mkdtempSync(join(tmpdir(), 'report-'))
    const path = join(folder, 'report.json')
    const test = (status: string, fullName: string): object => ({ status, fullName })
    const assertionResults = [
      test('passed', 'opens'),
      test('passed', 'closes'),
      test('failed', 'holds'),
      test('skipped', 'talks to a broker'),
      test('todo', 'flies'),
    ]
    writeFileSync(
      path,
      JSON.stringify({ testResults: [{ name: 'packages/dam/gate.test.ts', assertionResults }] }),
    )
    expect(readTestReport(path)).toEqual({
      passed: 2,
      failed: 1,
      skipped: ['gate.test.ts: talks to a broker', 'gate.test.ts: flies'],
    })
    rmSync(folder, { recursive: true })
  })

  it('is empty when there is none', () => {
    expect(readTestReport('nowhere.json')).toEqual({ passed: 0, failed: 0, skipped: [] })
  })
})

describe('the verdict on a test run', () => {
  it('passes when every test ran and passed', () => {
    const report = { passed: 3, failed: 0, skipped: [] }
    expect(verdict(report, 0, true)).toEqual({ exitCode: 0, lines: ['3 passed, 0 failed'] })
  })

  it('names skipped tests, and passes where they are allowed', () => {
    const report = { passed: 3, failed: 0, skipped: ['a.test.ts: b'] }
    expect(verdict(report, 0, false)).toEqual({
      exitCode: 0,
      lines: ['SKIPPED  a.test.ts: b', '3 passed, 0 failed, 1 skipped'],
    })
  })

  it('fails for a skipped test where every test must run', () => {
    const { exitCode, lines } = verdict({ passed: 3, failed: 0, skipped: ['a.test.ts: b'] }, 0, true)
    expect(exitCode).toBe(1)
    expect(lines[1]).toMatch(/^FAILED .*1 skipped/)
  })

  it('fails when no test ran, however glad the runner', () => {
    expect(verdict({ passed: 0, failed: 0, skipped: [] }, 0, false).exitCode).toBe(1)
  })

  it('keeps the exit code of the runner, which also tells of files that could not be loaded', () => {
    expect(verdict({ passed: 3, failed: 0, skipped: [] }, 1, false).exitCode).toBe(1)
    expect(verdict({ passed: 3, failed: 1, skipped: [] }, 1, true).lines).toEqual(['3 passed, 1 failed'])
  })
})
