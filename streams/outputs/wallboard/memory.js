// What this screen was told to do, kept until next time. A browser that keeps nothing is fine, too.

export function remembered(name) {
  try {
    return localStorage.getItem(`deskpulse.${name}`);
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`deskpulse.${name}`, value);
  } catch {
    // private mode, or storage is forbidden
  }
}
