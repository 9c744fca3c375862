/**
 * The gateway as one file, so that a process starts in a fraction of the time
 * that compiling takes: for tests that start it again and again.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const PACKAGE = new URL('../', import.meta.url)

/** Builds it from the sources, and returns the path of the program. The packages it depends on stay outside. */
export async function buildGateway(): Promise<string> {
  const text = await readFile(new URL('package.json', PACKAGE), 'utf8')
  const manifest: { dependencies: Record<string, string> } = JSON.parse(text)
  await putBeside(text)
  // As deep as the sources, which look for the manifest from where they are.
  const outfile = fileURLToPath(new URL(`.cache/test/gateway-${process.pid}.mjs`, PACKAGE))
  await build({
    entryPoints: [fileURLToPath(new URL('src/main.ts', PACKAGE))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@spillway/source'],
    external: Object.keys(manifest.dependencies).filter((name) => name !== 'spillway'),
    logLevel: 'error',
  })
  return outfile
}

/** The manifest for those sources that are one folder less deep. Renamed into place: other tests may read it now. */
async function putBeside(manifest: string): Promise<void> {
  const cache = new URL('.cache/', PACKAGE)
  const written = new URL(`package-${process.pid}.json`, cache)
  await mkdir(cache, { recursive: true })
  await writeFile(written, manifest)
  await rename(written, new URL('package.json', cache))
}
