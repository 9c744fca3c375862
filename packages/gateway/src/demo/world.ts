/**
 * The world around the gateway in the demo, in a process of its own: clients
 * and consumer take none of the gateway's time. It ends with the gateway, and
 * leaves nothing behind, even when that was killed.
 *
 * Runs as a program, with the demo's folder as its argument.
 * Imports `consumer`, `messages`, `scenes`, `senders`.
 */
import { rmSync } from 'node:fs'
import { DemoConsumer } from './consumer.ts'
import type { FromWorld, ToWorld } from './messages.ts'
import { CALM_TREATMENT, type DemoStream, SCENES, type Scene, treatmentOf } from './scenes.ts'
import { Senders } from './senders.ts'

const STREAMS = Object.keys(CALM_TREATMENT) as DemoStream[] // its own keys
/** The gateway, just started, and who watches it are given a moment. */
const BEFORE_MS = 2000
/** What a consumer does that is wanted to hurry. */
const AT_ONCE = { serviceMs: 0, refusesOneIn: 0 }

const [folder] = process.argv.slice(2)
const consumer = await DemoConsumer.open(CALM_TREATMENT)
let senders: Senders | undefined
let nextScene: NodeJS.Timeout | undefined

// A Ctrl-C reaches every process of a terminal; this one waits for the gateway to end.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.on('disconnect', () => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  process.exit(0)
})
process.on('message', (message: ToWorld) => {
  if (message.kind === 'begin') {
    nextScene = setTimeout(() => {
      senders = new Senders(message.url)
      play(0, 1)
    }, BEFORE_MS)
  } else {
    clearTimeout(nextScene)
    void senders?.close()
    for (const stream of STREAMS) consumer.treat(stream, AT_ONCE)
  }
})
say({ kind: 'consumer', url: consumer.url })

/** Plays a scene, and then the next one, from the beginning again after the last. */
function play(index: number, round: number): void {
  const scene = SCENES[index]
  if (!scene) {
    play(0, round + 1)
    return
  }
  stage(scene)
  say({ kind: 'scene', index, round })
  nextScene = setTimeout(() => play(index + 1, round), 1000 * scene.seconds)
}

function stage(scene: Scene): void {
  senders?.play(scene)
  for (const stream of STREAMS) consumer.treat(stream, treatmentOf(scene, stream))
}

function say(message: FromWorld): void {
  process.send?.(message)
}
