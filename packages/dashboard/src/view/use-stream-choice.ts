/**
 * Which stream is looked at: the one named in the address, so that it can be
 * bookmarked and sent to a colleague; else the first.
 *
 * Imports the protocol.
 */
import type { StreamState } from '@spillway/gateway/protocol'
import { useEffect, useState } from 'preact/hooks'

/** The address of a stream's view. */
export function addressOf(streamName: string): string {
  return `#/${encodeURIComponent(streamName)}`
}

/** The stream that the reader chose. */
export function useStreamChoice(streams: readonly StreamState[]): StreamState | undefined {
  const [chosen, setChosen] = useState(chosenName)
  useEffect(() => {
    // Another fragment, as of the link that skips to the content, chooses nothing.
    const follow = (): void => setChosen((before) => chosenName() ?? before)
    window.addEventListener('hashchange', follow)
    return () => window.removeEventListener('hashchange', follow)
  }, [])
  return streams.find(({ name }) => name === chosen) ?? streams[0]
}

function chosenName(): string | undefined {
  const [, encoded] = /^#\/(.+)$/.exec(window.location.hash) ?? []
  if (encoded === undefined) return undefined
  try {
    return decodeURIComponent(encoded)
  } catch {
    return undefined
  }
}
