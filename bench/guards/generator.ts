/**
 * The load of an overload, in a process of its own on one processor: warms the
 * server up, offers the load, and tells what became of it.
 *
 * Arguments: port of the server, requests a second, seconds, patience in milliseconds.
 */
import { seededRandom } from 'spillway/testing'
import { openLoop, schedule } from './open-loop.ts'

const [port = 0, perSecond = 0, seconds = 0, patienceMs = 0] = process.argv.slice(2).map(Number)
const WARM_UP_PER_SECOND = 100

// The same schedule for every server.
const random = seededRandom(1)
const warmUp = { dueMs: schedule(WARM_UP_PER_SECOND, 1, random), patienceMs, countFromMs: 0 }
const load = { dueMs: schedule(perSecond, seconds, random), patienceMs, countFromMs: 1000 }
await openLoop(port, warmUp)
const observed = await openLoop(port, load)
process.send?.(observed, () => process.exit(0))
