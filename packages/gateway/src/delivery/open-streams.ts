/**
 * From the settings to streams that take events.
 *
 * Imports `config`, `sinks`, `observe`.
 */
import type { StreamSettings } from '../config/settings.ts'
import type { Logger, Quietly } from '../observe/log.ts'
import { openSink } from '../sinks/open-sink.ts'
import { EventStream } from './event-stream.ts'

/** Opens every stream's sink; if one fails, those that were opened are closed again. */
export async function openStreams(
  settings: Readonly<Record<string, StreamSettings>>,
  log: Logger,
  quietly: Quietly,
): Promise<readonly EventStream[]> {
  const streams: EventStream[] = []
  try {
    for (const [name, each] of Object.entries(settings)) {
      const sink = await openSink(name, each.sink)
      const onFailed = (error: unknown): void => {
        quietly.say(`failed ${name}`, (suppressed) => {
          log.error({ stream: name, err: error, suppressed }, 'an event could not be delivered')
        })
      }
      streams.push(new EventStream(name, each, { sink, onFailed }))
    }
    return streams
  } catch (error) {
    await Promise.all(streams.map((stream) => stream.close()))
    throw error
  }
}
