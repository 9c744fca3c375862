/**
 * `spillway serve --demo`: a gateway with a changing load and a consumer that
 * has its bad days, so that a newcomer sees every state within two minutes.
 *
 * Clients and consumer are real, and run in a process of their own; everything
 * is kept in a temporary folder, which goes with them.
 *
 * Imports `config`.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { demoConfiguration } from './demo-configuration.ts'
import type { FromWorld, ToWorld } from './messages.ts'
import { SCENES } from './scenes.ts'

/** A demo that is ready to begin. */
export interface Demo {
  /** What the gateway is to be started with. */
  readonly configuration: { readonly name: string; readonly text: string }
  /** Begins the story, against the gateway at `url`; it is told in `say`, a line each. */
  begin(url: string, say: (line: string) => void): void
  /** Sends nothing more, and takes at once what is still delivered. */
  quiet(): void
  /** Ends the world, removes the folder, and says so. */
  end(): Promise<void>
}

/** Opens a folder and the world around the gateway; it is quiet until `begin`. */
export async function openDemo(): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-demo-'))
  const world = fork(programPath(), [folder], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const consumerUrl = await consumerOf(world)
  const tell = (message: ToWorld): void => {
    if (world.connected) world.send(message)
  }
  let tellUser = (_line: string): void => {}
  return {
    configuration: { name: 'the demo', text: demoConfiguration(consumerUrl, folder) },
    begin: (url, say) => {
      tellUser = say
      world.on('message', (message: FromWorld) => {
        if (message.kind === 'scene') say(lineOf(message))
      })
      tell({ kind: 'begin', url })
    },
    quiet: () => tell({ kind: 'quiet' }),
    end: async () => {
      if (world.exitCode !== null) return
      const ended = once(world, 'exit')
      if (world.connected) world.disconnect()
      await ended
      tellUser('The demo is over, and its folder is gone.')
    },
  }
}

/** The world's program: a source beside this one, or what was built of it. */
function programPath(): string {
  const ending = extname(fileURLToPath(import.meta.url))
  return fileURLToPath(new URL(`./world${ending}`, import.meta.url))
}

async function consumerOf(world: ChildProcess): Promise<string> {
  const ended = once(world, 'exit').then(([code]) => {
    throw new Error(`the demo's own process ended with ${code} before it began`)
  })
  const [message] = (await Promise.race([once(world, 'message'), ended])) as [FromWorld] // its first word
  if (message.kind !== 'consumer') throw new Error('the demo began before it was asked to')
  ended.catch(() => {})
  return message.url
}

/** `[2:14] What happens.` */
function lineOf({ index, round }: Extract<FromWorld, { kind: 'scene' }>): string {
  const all = SCENES.reduce((sum, { seconds }) => sum + seconds, 0)
  const before = SCENES.slice(0, index).reduce((sum, { seconds }) => sum + seconds, 0)
  const second = (round - 1) * all + before
  const time = `${Math.floor(second / 60)}:${String(second % 60).padStart(2, '0')}`
  return `[${time}] ${SCENES[index]?.words ?? ''}`
}
