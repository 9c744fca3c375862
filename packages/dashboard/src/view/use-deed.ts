/**
 * Something that is asked of the gateway: under way, done, or refused.
 *
 * Imports nothing.
 */
import { useState } from 'preact/hooks'

/** How far it is. */
export type Deed =
  | { readonly kind: 'ready' }
  | { readonly kind: 'under-way' }
  | { readonly kind: 'done'; readonly answer: string }
  | { readonly kind: 'refused'; readonly reason: string }

/** The deed, and how to do it: `act` resolves with the answer, in words. */
export function useDeed(): readonly [Deed, (act: () => Promise<string>) => void] {
  const [deed, setDeed] = useState<Deed>({ kind: 'ready' })
  const start = (act: () => Promise<string>): void => {
    setDeed({ kind: 'under-way' })
    act().then(
      (answer) => setDeed({ kind: 'done', answer }),
      (error: unknown) =>
        setDeed({ kind: 'refused', reason: error instanceof Error ? error.message : String(error) }),
    )
  }
  return [deed, start]
}
