/**
 * The dashboard's files, read once at the start: a fixed table, so that no path
 * of a request ever reaches the file system.
 *
 * Imports nothing of the gateway.
 */
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { OPEN } from './open-route.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
}
/** A name with a hash of the content in it means the same for ever. */
const HASHED = /[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/

/** One file. */
export interface DashboardFile {
  /** As in a URL, without the first slash. */
  readonly path: string
  readonly type: string
  readonly content: Buffer
}

/** Every file of the folder; none when it was not built. */
export async function readDashboard(folder: string): Promise<readonly DashboardFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile() && extname(entry.name) in TYPES)
  return Promise.all(
    files.map(async (entry) => {
      const place = join(entry.parentPath, entry.name)
      const path = place
        .slice(folder.length)
        .replace(/^[\\/]+/, '')
        .replaceAll('\\', '/')
      return { path, type: TYPES[extname(entry.name)] ?? '', content: await readFile(place) }
    }),
  )
}

/** Serves the files, `index.html` at `/`. */
export function addDashboard(admin: FastifyInstance, files: readonly DashboardFile[]): void {
  for (const { path, type, content } of files) {
    const caching = HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache'
    admin.get(path === 'index.html' ? '/' : `/${path}`, OPEN, (_request, reply) => {
      return reply.type(type).header('cache-control', caching).send(content)
    })
  }
}
