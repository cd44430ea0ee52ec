/**
 * A page for people who meet an error in their browser: the title, one heading, one paragraph, in which line breaks are
 * kept. It loads nothing, follows the light or dark scheme of the browser, and reads as well where a content security
 * policy strips its style.
 *
 * @param reason the reason phrase of the status: "Too Many Requests"
 */
export function htmlPage(status: number, reason: string, message: string): string {
  return `<!doctype html>
<html lang=en>
<meta charset=utf-8>
<meta name=viewport content="width=device-width, initial-scale=1">
<meta name=color-scheme content="light dark">
<title>${status} ${reason}</title>
<style>
body { max-width: 34rem; margin: 18vh auto; padding: 0 1.5rem; font: 1.125rem/1.6 system-ui, sans-serif }
h1 { margin: 0 0 .5rem; font-size: 1.75rem; line-height: 1.2 }
p { margin: 0; overflow-wrap: anywhere; opacity: .8 }
</style>
<h1>${reason}</h1>
<p>${escapeHtml(message).replace(/\r\n?|\n/g, '<br>')}</p>
`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string)
}
