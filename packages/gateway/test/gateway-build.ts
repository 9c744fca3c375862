/**
 * The gateway as one file, so that a process starts in a fraction of the time
 * that compiling takes: for tests that start it again and again.
 */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const PACKAGE = new URL('../', import.meta.url)

/** Builds it from the sources, and returns the path of the program. The packages it depends on stay outside. */
export async function buildGateway(): Promise<string> {
  const manifest: { dependencies: Record<string, string> } = JSON.parse(
    await readFile(new URL('package.json', PACKAGE), 'utf8'),
  )
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
