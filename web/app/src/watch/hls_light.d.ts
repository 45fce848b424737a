/** The build without subtitles and alternate sound, which a broadcast has not. */
declare module 'hls.js/light' {
  export { default } from 'hls.js';
}
