/**
 * Builds the dashboard into the gateway's package: one page, one script, one
 * style sheet, one icon, each under a name that holds a hash of its content,
 * so that a browser may keep it for ever.
 *
 * The page has no inline script or style: it runs under the strictest
 * Content-Security-Policy. `tsc -b` has checked its types before.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const source = fileURLToPath(new URL('../../packages/dashboard/src', import.meta.url))
const target = fileURLToPath(new URL('../../packages/gateway/dist/dashboard', import.meta.url))

const { metafile, outputFiles } = await build({
  entryPoints: {
    dashboard: join(source, 'main.tsx'),
    look: join(source, 'look', 'look.css'),
    icon: join(source, 'page', 'icon.svg'),
  },
  absWorkingDir: source,
  outdir: join(target, 'assets'),
  entryNames: '[name]-[hash]',
  loader: { '.svg': 'copy' },
  bundle: true,
  minify: true,
  format: 'esm',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  // Browsers that know `light-dark()`: since May 2024 all of them.
  target: ['chrome123', 'firefox120', 'safari17.5'],
  legalComments: 'eof',
  metafile: true,
  write: false,
})

rmSync(target, { recursive: true, force: true })
mkdirSync(join(target, 'assets'), { recursive: true })
for (const { path, contents } of outputFiles) writeFileSync(path, contents)

/** @type {Record<string, string>} */
const addresses = {}
for (const path of Object.keys(metafile.outputs)) {
  const name = basename(path)
  if (name.endsWith('.js')) addresses['script'] = `assets/${name}`
  if (name.endsWith('.css')) addresses['style'] = `assets/${name}`
  if (name.endsWith('.svg')) addresses['icon'] = `assets/${name}`
}
const page = readFileSync(join(source, 'page', 'index.html'), 'utf8').replace(/\{(\w+)\}/g, (_, name) => {
  const address = addresses[name]
  if (address === undefined) throw new Error(`the page asks for {${name}}, which was not built`)
  return address
})
writeFileSync(join(target, 'index.html'), page)
