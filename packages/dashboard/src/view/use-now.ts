/**
 * The time, for what counts seconds on the page.
 *
 * Imports nothing.
 */
import { useEffect, useState } from 'preact/hooks'

/** The reader's clock, in wall-clock milliseconds; it moves each second. */
export function useNowMs(): number {
  const [nowMs, setNowMs] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return nowMs
}
