// LZMA, as its specification (lzma-specification.txt of the LZMA SDK) has it: what browsers unpack themselves is a quarter longer.
//
//   properties: 1 byte   dictionary: 4   length: 8   then the coded bytes

function unpack(packed) {
  const literalContext = packed[0] % 9;
  const literalPosition = Math.floor(packed[0] / 9) % 5;
  const position = Math.floor(packed[0] / 45);
  const length = Number(new DataView(packed.buffer, packed.byteOffset).getBigUint64(5, true));
  const out = new Uint8Array(length);
  const half = (count) => new Uint16Array(count).fill(1024);

  let at = 18;
  let range = 0xffffffff;
  let code = new DataView(packed.buffer, packed.byteOffset).getUint32(14);
  const refill = () => {
    if (range < 0x1000000) {
      range = (range << 8) >>> 0;
      code = ((code << 8) | packed[at++]) >>> 0;
    }
  };
  const bit = (odds, index) => {
    const bound = (range >>> 11) * odds[index];
    const one = code >= bound;
    if (one) {
      range -= bound;
      code -= bound;
      odds[index] -= odds[index] >>> 5;
    } else {
      range = bound;
      odds[index] += (2048 - odds[index]) >>> 5;
    }
    refill();
    return one ? 1 : 0;
  };
  const plain = (count) => {
    let value = 0;
    for (; count > 0; count--) {
      range >>>= 1;
      const one = code >= range;
      if (one) code -= range;
      value = value * 2 + (one ? 1 : 0);
      refill();
    }
    return value;
  };
  const tree = (odds, bits, offset = 0) => {
    let index = 1;
    for (let n = 0; n < bits; n++) index = 2 * index + bit(odds, offset + index);
    return index - (1 << bits);
  };
  const reverse = (odds, bits, offset = 0) => {
    let [index, value] = [1, 0];
    for (let n = 0; n < bits; n++) {
      const one = bit(odds, offset + index);
      index = 2 * index + one;
      value |= one << n;
    }
    return value;
  };

  const lengths = () => ({ choice: half(2), low: half(16 * 8), mid: half(16 * 8), high: half(256) });
  const lengthOf = (odds, place) => {
    if (!bit(odds.choice, 0)) return 2 + tree(odds.low, 3, place * 8);
    if (!bit(odds.choice, 1)) return 10 + tree(odds.mid, 3, place * 8);
    return 18 + tree(odds.high, 8);
  };
  const [matchLength, repeatLength] = [lengths(), lengths()];
  const literals = half(0x300 << (literalContext + literalPosition));
  const [isMatch, isRepeat0Long] = [half(12 * 16), half(12 * 16)];
  const [isRepeat, isRepeat0, isRepeat1, isRepeat2] = [half(12), half(12), half(12), half(12)];
  const slots = half(4 * 64);
  const [distances, align] = [half(128), half(16)];

  let state = 0;
  let repeats = [1, 1, 1, 1];
  let done = 0;
  while (done < length) {
    const place = done & ((1 << position) - 1);
    if (!bit(isMatch, state * 16 + place)) {
      const before = done ? out[done - 1] : 0;
      const row = ((done & ((1 << literalPosition) - 1)) << literalContext) + (before >> (8 - literalContext));
      let symbol = 1;
      if (state >= 7) {
        let match = out[done - repeats[0]];
        while (symbol < 256) {
          const expected = (match >> 7) & 1;
          match <<= 1;
          const one = bit(literals, 0x300 * row + ((1 + expected) << 8) + symbol);
          symbol = 2 * symbol + one;
          if (one !== expected) break;
        }
      }
      while (symbol < 256) symbol = 2 * symbol + bit(literals, 0x300 * row + symbol);
      out[done++] = symbol;
      state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
      continue;
    }
    let count;
    if (bit(isRepeat, state)) {
      let which = 0;
      if (!bit(isRepeat0, state)) {
        if (!bit(isRepeat0Long, state * 16 + place)) count = 1;
      } else {
        which = !bit(isRepeat1, state) ? 1 : !bit(isRepeat2, state) ? 2 : 3;
      }
      repeats.unshift(...repeats.splice(which, 1));
      state = count ? (state < 7 ? 9 : 11) : state < 7 ? 8 : 11;
      count ??= lengthOf(repeatLength, place);
    } else {
      count = lengthOf(matchLength, place);
      state = state < 7 ? 7 : 10;
      const slot = tree(slots, 6, 64 * Math.min(count - 2, 3));
      let distance = slot;
      if (slot >= 4) {
        const bits = (slot >> 1) - 1;
        distance = (2 | (slot & 1)) * 2 ** bits;
        distance += slot < 14 ? reverse(distances, bits, distance - slot) : plain(bits - 4) * 16 + reverse(align, 4);
      }
      repeats = [distance + 1, ...repeats.slice(0, 3)];
    }
    if (repeats[0] > done) throw new Error("the engine is damaged");
    for (count = Math.min(count, length - done); count > 0; count--, done++) out[done] = out[done - repeats[0]];
  }
  return out;
}
