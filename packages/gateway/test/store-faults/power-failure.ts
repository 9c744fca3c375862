/**
 * Lays out the directory that a power failure would have left.
 *
 * What was flushed is there. Of what was written since, each 512-byte sector
 * is there or not, by chance: a kernel writes back in any order it likes.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const SECTOR = 512

/** What is known of the disk at the moment of the failure. */
export interface FailedDisk {
  /** The directory as the killed process saw it. */
  readonly seen: string
  /** What the interposer kept. */
  readonly shadow: string
  readonly random: () => number
}

/** Writes to `target` what is left of `disk.seen`. */
export function layOutAfterPowerFailure(disk: FailedDisk, target: string): void {
  layOutDirectory(disk, statSync(disk.seen).ino, { target, seenByInode: contentsByInode(disk.seen) })
}

interface Layout {
  readonly target: string
  readonly seenByInode: ReadonlyMap<number, Buffer>
}

function layOutDirectory(disk: FailedDisk, inode: number, layout: Layout): void {
  mkdirSync(layout.target, { recursive: true })
  const listing = join(disk.shadow, `dir-${inode}`)
  const lines = existsSync(listing) ? readFileSync(listing, 'utf8').split('\n').filter(Boolean) : []
  for (const line of lines) {
    const [, type, child, name] = /^(.) (\d+) (.*)$/.exec(line) ?? []
    const target = join(layout.target, name ?? '')
    if (type === 'd') layOutDirectory(disk, Number(child), { ...layout, target })
    else writeFileSync(target, contentOf(disk, Number(child), layout.seenByInode))
  }
}

function contentOf(disk: FailedDisk, inode: number, seenByInode: Layout['seenByInode']): Buffer {
  const path = join(disk.shadow, `file-${inode}`)
  const flushed = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
  const seen = seenByInode.get(inode)
  return seen ? tear(flushed, seen, disk.random) : flushed
}

function tear(flushed: Buffer, seen: Buffer, random: () => number): Buffer {
  const result = Buffer.alloc(Math.max(flushed.length, seen.length))
  flushed.copy(result)
  let length = flushed.length
  for (let at = 0; at < seen.length; at += SECTOR) {
    const sector = seen.subarray(at, at + SECTOR)
    if (flushed.subarray(at, at + SECTOR).equals(sector) || random() < 0.5) continue
    sector.copy(result, at)
    length = Math.max(length, at + sector.length)
  }
  return result.subarray(0, length)
}

function contentsByInode(directory: string): Map<number, Buffer> {
  const contents = new Map<number, Buffer>()
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    contents.set(statSync(path).ino, readFileSync(path))
  }
  return contents
}
