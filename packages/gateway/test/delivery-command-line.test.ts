import { afterEach, beforeEach, expect, it } from 'vitest'
import { answers, RecordingSink } from './delivery-faults/recording-sink.ts'
import { type Ended, GatewayProcess } from './gateway-process.ts'
import { RunningGateway } from './running-gateway.ts'

let sink: RecordingSink
let running: RunningGateway

beforeEach(async () => {
  sink = await RecordingSink.open()
  sink.behaviour = answers(400)
  running = await RunningGateway.start(`
streams:
  hooks: { class: best-effort, window: { items: 10 }, whenFull: reject, sink: { type: http, url: "${sink.url}" } }
`)
  await running.post('hooks', '[{"n":1},{"n":2},{"n":3}]')
  while ((await running.scrape()).sum('events_dead_lettered') < 3);
})

afterEach(async () => {
  await running[Symbol.asyncDispose]()
  await sink.close()
})

function run(...args: readonly string[]): Promise<Ended> {
  const admin = new URL(running.adminUrl).host
  return new GatewayProcess(['dead-letters', ...args, '--admin', admin]).ended()
}

it('spillway dead-letters lists them, puts back those that are named, and forgets all when told so', async () => {
  const { code, stdout } = await run('list', 'hooks')
  expect(code).toBe(0)
  expect(stdout.trimEnd().split('\n')).toHaveLength(3)
  expect(stdout).toMatch(/^1 {2}\d{4}-\S+Z {2}\S+ {2}1× {2}"the sink answered 400" {2}\{"n":1\}$/m)
  sink.behaviour = answers(200)
  const replayed = await run('replay', 'hooks', '--seq', '1', '2')
  expect([replayed.code, replayed.stdout]).toEqual([0, '2 put back\n'])
  while ((await running.scrape()).sum('events_delivered_total') < 2);
  const purged = await run('purge', 'hooks', '--all')
  expect([purged.code, purged.stdout]).toEqual([0, '1 forgotten\n'])
})

it('spillway dead-letters says what to do when it is not told which, when there is no such stream, and when nobody answers', async () => {
  const vague = await run('purge', 'hooks')
  expect([vague.code, vague.stderr]).toEqual([
    1,
    'spillway: purge needs --all, or --seq with the numbers that list prints\n',
  ])
  const unknown = await run('list', 'hoks')
  expect([unknown.code, unknown.stderr]).toEqual([
    1,
    'spillway: no stream is called "hoks"; did you mean "hooks"?\n',
  ])
  const absent = await new GatewayProcess(['dead-letters', 'list', 'hooks', '--admin', '127.0.0.1:1']).ended()
  expect(absent.code).toBe(1)
  expect(absent.stderr).toContain('no gateway answers at 127.0.0.1:1')
  expect(absent.stderr).toContain('start it, or name its admin listener with --admin')
})
