/**
 * The memory of a process that no file backs: what a queue takes.
 */
import { readFileSync } from 'node:fs'

/** Bytes; where the system doesn't tell (it is Linux's), the resident size of this process, or 0 for another. */
export function anonymousBytes(pid: number | 'self' = 'self'): number {
  try {
    const found = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    if (found) return 1024 * Number(found[1])
  } catch {
    // Not Linux, or the process has ended.
  }
  return pid === 'self' ? process.memoryUsage.rss() : 0
}
