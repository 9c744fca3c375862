/**
 * What a check must know of the machine: the room on the volume of the data
 * directory, and the memory that the process may take.
 *
 * Imports `config`.
 */
import { readdir, stat, statfs } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Surroundings } from '../config/warnings/warning.ts'

/** Looks around. A directory that is not there yet lies on the volume of its nearest parent. */
export async function lookAround(dataDir: string): Promise<Omit<Surroundings, 'rates'>> {
  const { bavail, bsize } = await statfs(await existing(resolve(dataDir)))
  return {
    disk: { freeBytes: bavail * bsize, storedBytes: await bytesBelow(join(dataDir, 'store')) },
    memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY),
  }
}

async function existing(path: string): Promise<string> {
  try {
    await stat(path)
    return path
  } catch {
    return existing(dirname(path))
  }
}

/** What the files of a directory take; 0 when it is not there. A file may go while it is looked at. */
async function bytesBelow(directory: string): Promise<number> {
  let sum = 0
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile()) continue
    sum += await stat(join(entry.parentPath, entry.name)).then(
      ({ blocks }) => blocks * 512,
      () => 0,
    )
  }
  return sum
}
