/** What a bank's page does with the widget: queue calls before it loads, say who signed in, offer it in context. */
(() => {
  'use strict';
  window.Otklik = window.Otklik || function otklik(...call) {
    (window.Otklik.q = window.Otklik.q || []).push(call);
  };
  const tokenAddress = document.currentScript.dataset.token;

  /** The bank's own back end signs a fresh short token whenever the chat asks for one. */
  async function freshToken() {
    const answer = await fetch(tokenAddress, { credentials: 'same-origin' });
    return answer.ok ? (await answer.json()).jwt : null;
  }

  // Every page says who is there, or that nobody is: the chat then never shows one person's words to another.
  window.Otklik('identify', { jwt: tokenAddress ? freshToken : null });

  document.addEventListener('click', (event) => {
    const target = event.target.closest('[data-open], [data-ask], [data-sign-in]');
    if (!target) return;
    if (target.dataset.ask) window.Otklik('send', { text: target.dataset.ask });
    else if ('open' in target.dataset) window.Otklik('open');
    else document.getElementById('sign-in').showModal();
  });
})();
