/**
 * Text inside HTML.
 */

/** `text` with everything escaped that HTML gives a meaning. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
