// The token, kept until the tab is closed.

const form = document.getElementById("access");
const field = document.getElementById("token");

field.value = sessionStorage.getItem("token") ?? "";
form.hidden = !field.value;

export function headers() {
  return hasToken() ? { Authorization: `Bearer ${field.value}` } : {};
}

export function hasToken() {
  return field.value !== "";
}

// Whether the service is known to need a token.
export function isNeeded() {
  return !form.hidden;
}

export function ask() {
  form.hidden = false;
}

export function onToken(use) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem("token", field.value);
    use();
  });
}
