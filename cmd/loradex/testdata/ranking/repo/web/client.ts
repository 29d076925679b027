export interface Parcel {
  id: string;
  status: string;
  history: string[];
}

/** Waits until the user has stopped typing before it calls the function. */
export function debounce<T extends unknown[]>(call: (...args: T) => void, ms: number): (...args: T) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (...args: T) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...args), ms);
  };
}

/** Fetches the tracking state of a parcel as JSON and throws where the server answers with an error. */
export async function fetchTracking(base: string, id: string): Promise<Parcel> {
  const response = await fetch(`${base}/parcels/${encodeURIComponent(id)}`);
  if (!response.ok) {
    throw new Error(`tracking of ${id}: HTTP ${response.status}`);
  }
  return (await response.json()) as Parcel;
}

/** Escapes characters that mean something in HTML, against cross-site scripting. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** Reads the parameters behind the question mark of a URL. */
export function parseQuery(url: string): Map<string, string> {
  const out = new Map<string, string>();
  for (const part of url.split("?")[1]?.split("&") ?? []) {
    const [key, value = ""] = part.split("=");
    out.set(decodeURIComponent(key), decodeURIComponent(value));
  }
  return out;
}

/** Formats cents as an amount of money in the visitor's locale. */
export function formatPrice(cents: number, locale: string, currency: string): string {
  return new Intl.NumberFormat(locale, { style: "currency", currency }).format(cents / 100);
}

/** Shows a notification that vanishes by itself. */
export function showToast(root: HTMLElement, text: string, ms = 4000): void {
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.textContent = text;
  root.append(toast);
  setTimeout(() => toast.remove(), ms);
}

/** Splits a list into pages for infinite scrolling. */
export function paginate<T>(items: T[], page: number, size: number): T[] {
  return items.slice(page * size, (page + 1) * size);
}

/** Keeps the shopping basket in the browser's local storage. */
export function saveBasket(key: string, basket: Parcel[]): void {
  try {
    localStorage.setItem(key, JSON.stringify(basket));
  } catch {
    console.warn("the browser's storage is full");
  }
}

/** Sorts parcels by a field without touching the list that it was given. */
export function sortBy<T, K extends keyof T>(list: readonly T[], field: K): T[] {
  return [...list].sort((a, b) => (a[field] < b[field] ? -1 : a[field] > b[field] ? 1 : 0));
}

/** Opens a web socket for live updates, and opens it again when the connection breaks. */
export function subscribe(url: string, onMessage: (text: string) => void): () => void {
  let closed = false;
  let socket: WebSocket;
  const open = () => {
    socket = new WebSocket(url);
    socket.onmessage = (e) => onMessage(String(e.data));
    socket.onclose = () => {
      if (!closed) setTimeout(open, 1000);
    };
  };
  open();
  return () => {
    closed = true;
    socket.close();
  };
}
