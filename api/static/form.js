// Does the work a form asks for while its fields are filled in, so that nobody waits when they send it.
const form = document.querySelector("form[data-proof-bits]");
const bits = Number(form.dataset.proofBits);
const words = new TextEncoder();
const K = new Uint32Array(64);
const START = new Uint32Array(8);

function fractions() {
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) if (primes.every((p) => n % p)) primes.push(n);
  const part = (x) => Math.floor((x - Math.floor(x)) * 2 ** 32) >>> 0;
  primes.forEach((p, i) => { K[i] = part(Math.cbrt(p)); if (i < 8) START[i] = part(Math.sqrt(p)); });
}

const W = new Uint32Array(64);
const turn = (x, n) => (x >>> n) | (x << (32 - n));

function block(H, bytes, at) {
  for (let i = 0; i < 16; i += 1) W[i] = (bytes[at + 4 * i] << 24) | (bytes[at + 4 * i + 1] << 16) | (bytes[at + 4 * i + 2] << 8) | bytes[at + 4 * i + 3];
  for (let i = 16; i < 64; i += 1) {
    const a = W[i - 15], b = W[i - 2];
    W[i] = W[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + W[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = H;
  for (let i = 0; i < 64; i += 1) {
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((x, i) => { H[i] += x; });
}

function zeros(text) {
  const given = words.encode(text);
  const bytes = new Uint8Array(Math.ceil((given.length + 9) / 64) * 64);
  bytes.set(given);
  bytes[given.length] = 0x80;
  new DataView(bytes.buffer).setUint32(bytes.length - 4, given.length * 8);
  const H = START.slice();
  for (let at = 0; at < bytes.length; at += 64) block(H, bytes, at);
  return H[0] ? Math.clz32(H[0]) : 32 + Math.clz32(H[1]);
}

const done = new Promise((found) => {
  fractions();
  const stamp = form.elements._stamp.value;
  let n = 0;
  const some = () => {
    for (const until = performance.now() + 12; performance.now() < until;) {
      for (let i = 0; i < 200; i += 1, n += 1) if (zeros(`${stamp}.${n}`) >= bits) return found(n);
    }
    return setTimeout(some);
  };
  some();
});

form.addEventListener("submit", async (event) => {
  if (form.elements._proof) return;
  event.preventDefault();
  form.querySelector("button").disabled = true;
  const answer = Object.assign(document.createElement("input"), { type: "hidden", name: "_proof", value: String(await done) });
  form.append(answer);
  form.submit();
});
