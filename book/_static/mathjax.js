// Loads the parts of MathJax that the book needs: TeX in, HTML out, MathML for screen readers.
// The usual bundle adds a menu as large as these together. A file, and not a line in the page, so
// that formulas are set under the content security policy `script-src 'self'` too.
window.MathJax = {
  loader: { load: ["input/tex", "output/chtml", "a11y/assistive-mml"] },
  options: {
    ignoreHtmlClass: "tex2jax_ignore|mathjax_ignore",
    processHtmlClass: "tex2jax_process|mathjax_process|math|output_area",
  },
};
const startup = document.createElement("script");
startup.src = new URL("mathjax/startup.js", document.currentScript.src).href;
document.head.append(startup);
