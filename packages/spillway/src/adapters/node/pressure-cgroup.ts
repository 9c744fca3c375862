/**
 * The memory limit of the container, and how much of it is used: control
 * groups of version 2 and 1.
 *
 * Files that the kernel can drop at once (`inactive_file`) don't count as
 * used: a process that has read a large file is not under pressure.
 *
 * The files are read through an argument, so the rules can be tested.
 * Source: Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
 * Floor 5: imports `node:path`.
 */
import { posix } from 'node:path'

/** Reads a file as text; `undefined` when it can't be read. */
export type ReadText = (path: string) => string | undefined

/** A limit, and what is used of it, in bytes. */
export interface MemoryOfGroup {
  readonly limitBytes: number
  readonly usedBytes: number
}

/** Version 1 says "no limit" with a number near 2^63; no machine has so much. */
const NO_LIMIT = 2 ** 60

interface Version {
  readonly mount: string
  readonly limit: string
  readonly used: string
  readonly reclaimable: RegExp
}

const V2: Version = {
  mount: '/sys/fs/cgroup',
  limit: 'memory.max',
  used: 'memory.current',
  reclaimable: /^inactive_file (\d+)$/m,
}
const V1: Version = {
  mount: '/sys/fs/cgroup/memory',
  limit: 'memory.limit_in_bytes',
  used: 'memory.usage_in_bytes',
  reclaimable: /^total_inactive_file (\d+)$/m,
}

/** The tightest limit that holds for this process, in its group or one above; `undefined` without one. */
export function memoryOfGroup(readText: ReadText): MemoryOfGroup | undefined {
  const groups = readText('/proc/self/cgroup') ?? ''
  const unified = /^0::(.*)$/m.exec(groups)?.[1]
  const memory = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(groups)?.[1]
  return (
    (memory === undefined ? undefined : tightest(V1, memory, readText)) ??
    tightest(V2, unified ?? '/', readText)
  )
}

/** A group is bound by the limits of all groups above it. Inside a container the path may not be visible: its root is. */
function tightest(version: Version, path: string, readText: ReadText): MemoryOfGroup | undefined {
  let found: MemoryOfGroup | undefined
  for (const directory of directoriesUp(version.mount, path)) {
    const memory = memoryOf(version, directory, readText)
    if (memory && (!found || share(memory) > share(found))) found = memory
  }
  return found
}

function directoriesUp(mount: string, path: string): string[] {
  const directories: string[] = []
  // Joined from the root, so that a path such as /../.. can't lead out of the mount.
  for (let at = posix.join('/', path); ; at = posix.dirname(at)) {
    directories.push(posix.join(mount, at))
    if (at === '/') return directories
  }
}

function memoryOf(version: Version, directory: string, readText: ReadText): MemoryOfGroup | undefined {
  const limitBytes = bytesOf(readText(posix.join(directory, version.limit)))
  const usedBytes = bytesOf(readText(posix.join(directory, version.used)))
  if (limitBytes === undefined || usedBytes === undefined || limitBytes >= NO_LIMIT || limitBytes === 0) {
    return undefined
  }
  const stat = readText(posix.join(directory, 'memory.stat')) ?? ''
  const reclaimable = bytesOf(version.reclaimable.exec(stat)?.[1]) ?? 0
  return { limitBytes, usedBytes: Math.max(0, usedBytes - reclaimable) }
}

function share({ usedBytes, limitBytes }: MemoryOfGroup): number {
  return usedBytes / limitBytes
}

/** Version 2 says "no limit" with the word `max`. */
function bytesOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+\s*$/.test(text) ? Number(text) : undefined
}
