/**
 * One page of a stream's dead letters, kept fresh.
 *
 * Imports `wire`.
 */
import { useEffect, useState } from 'preact/hooks'
import { type DeadLetter, listDeadLetters } from '../wire/actions.ts'

/** How many are shown at once. */
export const PAGE_LENGTH = 10

/** The page, and the way to others. */
export interface LettersPage {
  readonly page: readonly DeadLetter[]
  readonly fault: string | undefined
  readonly isFirst: boolean
  toFirst(): void
  toNext(): void
  reload(): void
}

/** Fetches the page whenever their number changes, while the gateway is heard. */
export function useDeadLetters(
  streamName: string,
  { total, isLive }: { readonly total: number; readonly isLive: boolean },
): LettersPage {
  const [after, setAfter] = useState(0)
  const [page, setPage] = useState<readonly DeadLetter[]>([])
  const [fault, setFault] = useState<string>()
  const [reloads, setReloads] = useState(0)
  useEffect(() => {
    if (!isLive || total === 0) return
    let isCurrent = true
    listDeadLetters(streamName, { after, limit: PAGE_LENGTH }).then(
      ({ deadLetters }) => {
        if (!isCurrent) return
        setPage(deadLetters)
        setFault(undefined)
      },
      (error: unknown) => {
        if (isCurrent) setFault(error instanceof Error ? error.message : String(error))
      },
    )
    return () => {
      isCurrent = false
    }
  }, [streamName, after, total, isLive, reloads])
  return {
    page: total === 0 ? [] : page,
    fault,
    isFirst: after === 0,
    toFirst: () => setAfter(0),
    toNext: () => setAfter(page.at(-1)?.seq ?? 0),
    reload: () => setReloads((count) => count + 1),
  }
}
