/**
 * Bundles each entry point of the library, after `tsc` has checked it and
 * written its declarations.
 *
 * Loading a module costs Node about half a millisecond, and the library is
 * made of many small ones: one file for each entry point, and the chunks they
 * have in common, load five times faster. Bundlers of users still take only
 * what they need: nothing is minified, and no module has side effects.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { pureConstants } from './pure-constants.mjs'

const folder = fileURLToPath(new URL('../../packages/spillway', import.meta.url))

/** @typedef {{ '@spillway/source'?: string, default?: string }} Target */

/** @type {{ exports: Record<string, string | Target> }} */
const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/** The entry points of the manifest: where each is built to, without its ending, and from what. */
const entryPoints = Object.values(exports).flatMap((target) => {
  if (typeof target === 'string' || !target.default || !target['@spillway/source']) return []
  const source = join(folder, target['@spillway/source'])
  if (!existsSync(source)) {
    // `npm run pack:check` fails on it; the other entry points can be used meanwhile.
    console.error(`bundle: ${source} is named in package.json and does not exist`)
    return []
  }
  return [{ out: relative('dist', target.default).replace(/[.]js$/, ''), in: source }]
})

const { metafile } = await build({
  entryPoints,
  absWorkingDir: folder,
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: 'linked',
  sourcesContent: false,
  metafile: true,
  plugins: [pureConstants],
})
removeOldOutput(join(folder, 'dist'), new Set(Object.keys(metafile.outputs)))

/**
 * Removes output of an earlier build that no source accounts for any more: it would be published too.
 *
 * @param {string} dist
 * @param {ReadonlySet<string>} written - what this build wrote, from the folder of the package
 */
function removeOldOutput(dist, written) {
  for (const entry of readdirSync(dist, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(folder, path).split(sep).join('/')
    const declared = /^dist\/(.+)[.]d[.]ts([.]map)?$/.exec(name)?.[1]
    const isOldScript = /[.]js([.]map)?$/.test(name) && !written.has(name)
    const isOldDeclaration = declared !== undefined && !existsSync(join(folder, 'src', `${declared}.ts`))
    if (isOldScript || isOldDeclaration) rmSync(path)
  }
  for (const entry of readdirSync(dist, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory() && existsSync(path) && readdirSync(path).length === 0)
      rmSync(path, { recursive: true })
  }
}
