/**
 * What is wrong with the gateway as a whole.
 *
 * Imports nothing.
 */
import type { JSX } from 'preact'

/** The list, where there is one. */
export function Problems({ problems }: { readonly problems: readonly string[] }): JSX.Element | null {
  if (problems.length === 0) return null
  return (
    <section class="problems" aria-label="Problems of the gateway">
      <ul>
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
    </section>
  )
}
