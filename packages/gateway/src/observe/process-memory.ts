/**
 * The memory that this process has for itself.
 *
 * Imports nothing of the gateway.
 */
import { readFileSync } from 'node:fs'

/**
 * Anonymous memory in bytes, where the system tells (Linux): what cannot be had back by dropping caches. Elsewhere the
 * resident memory.
 */
export function processMemoryBytes(): number {
  try {
    const [, kibibytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? []
    if (kibibytes !== undefined) return Number(kibibytes) * 1024
  } catch {
    // No such file: another system.
  }
  return process.memoryUsage.rss()
}
