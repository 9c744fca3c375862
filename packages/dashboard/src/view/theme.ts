/**
 * Light, dark, or as the system has it: the reader's choice, kept in this
 * browser.
 *
 * Imports nothing.
 */

/** The choice. */
export type Theme = 'auto' | 'light' | 'dark'

const KEY = 'spillway-theme'
const THEMES: readonly Theme[] = ['auto', 'light', 'dark']

/** The choice that was kept, `auto` without one. */
export function readTheme(): Theme {
  const kept = localStorage.getItem(KEY)
  return THEMES.find((theme) => theme === kept) ?? 'auto'
}

/** Shows the page so, and keeps the choice. */
export function applyTheme(theme: Theme): void {
  if (theme === 'auto') localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, theme)
  document.documentElement.dataset['theme'] = theme
}

/** The choice after this one. */
export function nextTheme(theme: Theme): Theme {
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!
}
