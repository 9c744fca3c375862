/**
 * Ctrl-C: the first one asks for what is finished, the second one ends at once.
 */

/** Aborted by the first SIGINT or SIGTERM until `release` is called. */
export function onInterrupt(): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController()
  const interrupt = (): void => {
    release()
    controller.abort()
    process.stderr.write('\nInterrupted: writing what is finished.\n')
  }
  const release = (): void => {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  return { signal: controller.signal, release }
}
