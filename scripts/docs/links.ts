/**
 * Links in Markdown: those to files of the project must lead somewhere, and
 * those to a heading must find it.
 */
import { posix } from 'node:path'

/** A file of the project: its text, or `undefined` for one that is not Markdown. */
export type Files = ReadonlyMap<string, string | undefined>

/** One line for each link of the file at `path` that leads nowhere. */
export function brokenLinks(path: string, files: Files): string[] {
  const lines = withoutCode(files.get(path) ?? '').split('\n')
  return lines.flatMap((line, index) =>
    linksOf(line)
      .filter((link) => !isExternal(link) && !leadsSomewhere(path, link, files))
      .map((link) => `${path}:${index + 1}: the link "${link}" leads nowhere`),
  )
}

/** The anchors of a Markdown text, as the usual viewers make them. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of withoutCode(text).matchAll(/^#{1,6}\s+(.+)$/gm)) {
    const base = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-')
    let anchor = base
    for (let n = 1; anchors.has(anchor); n++) anchor = `${base}-${n}`
    anchors.add(anchor)
  }
  return anchors
}

function linksOf(line: string): string[] {
  const inText = line.replace(/`[^`]*`/g, '')
  const inline = [...inText.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)]
  const reference = [...inText.matchAll(/^\s*\[[^\]]+\]:\s*(\S+)/g)]
  return [...inline, ...reference].map(([, link = '']) => link)
}

function isExternal(link: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(link)
}

function leadsSomewhere(from: string, link: string, files: Files): boolean {
  const [file = '', anchor] = link.split('#')
  const target = file === '' ? from : posix.normalize(posix.join(posix.dirname(from), decodeURI(file)))
  const isFolder = [...files.keys()].some((path) => path.startsWith(`${target.replace(/\/$/, '')}/`))
  if (!files.has(target)) return isFolder && anchor === undefined
  const text = files.get(target)
  return anchor === undefined || (text !== undefined && anchorsOf(text).has(anchor))
}

/** Fenced code is replaced by empty lines, so that line numbers stay. */
function withoutCode(text: string): string {
  return text.replace(/^(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1\s*$/gm, (block) => block.replace(/[^\n]/g, ''))
}
