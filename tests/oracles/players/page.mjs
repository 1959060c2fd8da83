// What runs in the browser. The key system is a stand-in: it takes note of the initialisation data that a player hands
// to it, and asks for a license, as PlayReady's would. No license is ever given; nothing is decrypted.

export const html = (scripts) => `<!doctype html><title>probe</title><video muted></video>
<script>
const seen = { data: [], kids: [], asked: [], errors: [], app: false };
const hex = (bytes) => Array.from(new Uint8Array(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, bytes.byteLength), (b) => b.toString(16).padStart(2, '0')).join('');
const utf16 = (text) => { const out = new Uint8Array(text.length * 2); for (let i = 0; i < text.length; i++) { out[i * 2] = text.charCodeAt(i) & 255; out[i * 2 + 1] = text.charCodeAt(i) >> 8; } return out; };
const challenge = utf16('<PlayReadyKeyMessage type="LicenseAcquisition"><LicenseAcquisition Version="1"><Challenge encoding="base64encoded">PHM+PC9zPg==</Challenge><HttpHeaders><HttpHeader><name>Content-Type</name><value>text/xml; charset=utf-8</value></HttpHeader></HttpHeaders></LicenseAcquisition></PlayReadyKeyMessage>');
class Session extends EventTarget {
  constructor() { super(); this.sessionId = String(Math.random()); this.expiration = NaN; this.keyStatuses = new Map(); this.closed = new Promise(() => {}); }
  async generateRequest(type, data) {
    if (data.byteLength === 0) throw new TypeError('no initialisation data');
    seen.data.push(hex(data));
    setTimeout(() => {
      const event = new Event('message');
      event.messageType = 'license-request';
      event.message = challenge.buffer.slice(0);
      this.onmessage?.(event);
      this.dispatchEvent(event);
    }, 0);
  }
  async load() { return false; }
  async update() {}
  async close() {}
  async remove() {}
}
class Keys { createSession() { return new Session(); } async setServerCertificate() { return true; } async getStatusForPolicy() { return 'usable'; } }
class Access { constructor(name, config) { this.keySystem = name; this.config = config; } getConfiguration() { return this.config; } async createMediaKeys() { return new Keys(); } }
window.MediaKeys = Keys; window.MediaKeySession = Session; window.MediaKeySystemAccess = Access;
navigator.requestMediaKeySystemAccess = async (name, configs) => {
  if (!/^com\\.microsoft\\.playready/.test(name)) throw new DOMException('none', 'NotSupportedError');
  const config = { initDataTypes: ['cenc'], distinctiveIdentifier: 'not-allowed', persistentState: 'not-allowed', sessionTypes: ['temporary'], ...configs[0] };
  return new Access(name, config);
};
HTMLMediaElement.prototype.setMediaKeys = async function (keys) { this.keys = keys; };
Object.defineProperty(HTMLMediaElement.prototype, 'mediaKeys', { get() { return this.keys ?? null; } });
window.addEventListener('error', (event) => seen.errors.push(event.message));
const video = document.querySelector('video');
const error = (text) => { if (!seen.errors.includes(text)) seen.errors.push(text); };
const kids = (list) => { for (const kid of list) if (!seen.kids.includes(kid)) seen.kids.push(kid); };
const asked = (url) => { if (/\\.example\\//.test(url)) seen.asked.push(url); };
const [open, load] = [XMLHttpRequest.prototype.open, window.fetch];
XMLHttpRequest.prototype.open = function (method, url, ...more) { asked(String(url)); return open.call(this, method, url, ...more); };
window.fetch = (resource, ...more) => { asked(String(resource.url ?? resource)); return load(resource, ...more); };
// Players that ask by this interface get the access from here, too.
const decodingInfo = navigator.mediaCapabilities.decodingInfo.bind(navigator.mediaCapabilities);
navigator.mediaCapabilities.decodingInfo = async ({ keySystemConfiguration, ...config }) => {
  const info = await decodingInfo(config);
  if (!keySystemConfiguration) return info;
  const { keySystem, audio, video, initDataType } = keySystemConfiguration;
  const capability = (asked, type) => asked ? [{ contentType: type?.contentType ?? '', robustness: asked.robustness ?? '', encryptionScheme: asked.encryptionScheme ?? null }] : undefined;
  const access = await navigator.requestMediaKeySystemAccess(keySystem, [{
    initDataTypes: [initDataType ?? 'cenc'],
    videoCapabilities: capability(video, config.video), audioCapabilities: capability(audio, config.audio),
  }]).catch(() => null);
  return { supported: info.supported && access !== null, smooth: true, powerEfficient: true, keySystemAccess: access, configuration: config };
};
</script>
${scripts.map((script) => `<script src="${script}"></script>`).join('\n')}`;

export const players = {
  'dash.js': {
    package: 'dashjs',
    formats: ['dash', 'smooth'],
    scripts: ['dashjs/dist/modern/umd/dash.all.min.js', 'dashjs/dist/modern/umd/dash.mss.min.js'],
    start: async (manifest) => {
      const player = dashjs.MediaPlayer().create();
      player.initialize(video, null, false);
      player.on('error', (event) => error(String(event.error?.code ?? event.error)));
      for (const name of ['public_keyError', 'public_licenseRequestComplete', 'public_keySystemSelected']) {
        player.on(name, (event) => event?.error && error(String(event.error?.code ?? event.error)));
      }
      player.on('manifestLoaded', ({ data }) => {
        for (const period of data?.Period ?? []) for (const set of period.AdaptationSet ?? []) for (const found of set.ContentProtection ?? []) {
          const kid = found['cenc:default_KID'];
          if (kid !== undefined && kid !== null) kids([String(kid).toLowerCase()]);
        }
      });
      player.attachSource(manifest);
    },
  },
  'Shaka Player': {
    package: 'shaka-player',
    formats: ['dash', 'hls'],
    scripts: ['shaka-player/dist/shaka-player.compiled.js'],
    start: async (manifest, format) => {
      shaka.polyfill.installAll();
      const player = new shaka.Player();
      await player.attach(video);
      player.configure({ manifest: { hls: { ignoreManifestProgramDateTime: true } } });
      player.addEventListener('error', (event) => error(String(event.detail?.code)));
      player.addEventListener('manifestparsed', () => {
        for (const variant of player.getManifest().variants) for (const info of variant.video?.drmInfos ?? []) kids([...info.keyIds]);
      });
      player.load(manifest, null, format === 'smooth' ? 'application/vnd.ms-sstr+xml' : undefined).catch((reason) => error(String(reason.code ?? reason)));
    },
  },
  RxPlayer: {
    package: 'rx-player',
    formats: ['dash', 'smooth'],
    scripts: [],
    start: async (manifest, format) => {
      const { default: RxPlayer } = await import('/modules/rx-player/dist/es2017/index.js');
      const player = new RxPlayer({ videoElement: video });
      player.addEventListener('error', (reason) => error(String(reason.code ?? reason)));
      player.addEventListener('warning', (reason) => /ENCRYPT|KEY|DECIPHER/.test(reason.code ?? '') && error(String(reason.code)));
      player.loadVideo({
        url: manifest, transport: format === 'smooth' ? 'smooth' : 'dash', autoPlay: false,
        keySystems: [{ type: 'playready', getLicenseConfig: { timeout: -1, retry: 0 }, getLicense: () => { seen.app = true; return new Promise(() => {}); } }],
        representationFilter: (representation) => { kids((representation.contentProtections?.keyIds ?? []).map((found) => hex(found.keyId ?? found))); return true; },
      });
    },
  },
  'hls.js': {
    package: 'hls.js',
    formats: ['hls'],
    scripts: ['hls.js/dist/hls.js'],
    start: async (manifest) => {
      const hls = new Hls({ emeEnabled: true, drmSystems: { 'com.microsoft.playready': { licenseUrl: 'http://app.example/rightsmanager' } } });
      hls.on(Hls.Events.ERROR, (_, data) => data.fatal && error(data.details));
      window.finish = () => {
        for (const level of hls.levels) for (const fragment of level.details?.fragments ?? []) {
          try {
            const found = fragment.decryptdata?.keyId;
            if (found) kids([hex(found)]);
          } catch (reason) {
            error(String(reason));
          }
        }
      };
      hls.loadSource(manifest);
      hls.attachMedia(video);
    },
  },
};
