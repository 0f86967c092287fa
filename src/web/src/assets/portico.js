// Progressive enhancement of pages: every form also works without this script.
(() => {
  'use strict';

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // ---- The compose form: uploads files one by one before the form is sent. ----

  function compose(form) {
    const list = form.querySelector('[data-uploads]');
    const picker = form.querySelector('[data-picker]');
    const files = picker.querySelector('input');
    const problem = form.querySelector('[data-problem]');
    const most = Number(form.dataset.most);
    const atOnce = Number(form.dataset.files);
    let sending = 0;

    form.querySelector('[data-plain]')?.remove();
    picker.hidden = false;

    const complain = (text) => {
      problem.hidden = !text;
      problem.querySelector('span').textContent = text;
    };
    const room = () => {
      const full = list.children.length >= atOnce;
      files.disabled = full;
      picker.classList.toggle('button-off', full);
    };

    const send = (file) => {
      const row = document.createElement('li');
      row.className = 'upload upload-coming';
      const name = document.createElement('span');
      name.className = 'upload-name';
      name.textContent = file.name;
      const bar = document.createElement('progress');
      bar.max = 100;
      bar.value = 0;
      bar.setAttribute('aria-label', `Sending ${file.name}`);
      row.append(name, bar);
      list.append(row);
      room();

      const body = new FormData();
      body.append('csrf', form.elements.csrf.value);
      body.append('file', file);
      const request = new XMLHttpRequest();
      request.open('POST', '/uploads');
      request.upload.onprogress = (event) => {
        if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
      };
      const done = (text) => {
        sending -= 1;
        if (text) {
          row.remove();
          complain(text);
        }
        room();
      };
      request.onload = () => {
        if (request.status === 200) {
          const page = new DOMParser().parseFromString(request.responseText, 'text/html');
          const fresh = page.querySelector('li');
          row.replaceWith(fresh);
          done('');
          fresh.querySelector('input[name=words]').focus();
        } else if (request.status === 422) {
          done(request.responseText);
        } else {
          done(`${file.name} could not be sent. Reload the page and try again.`);
        }
      };
      request.onerror = () => done(`${file.name} could not be sent. Check your connection and try again.`);
      sending += 1;
      request.send(body);
    };

    files.addEventListener('change', () => {
      complain('');
      const chosen = [...files.files];
      files.value = '';
      for (const file of chosen) {
        if (list.children.length >= atOnce) complain(`A post can have ${atOnce} files.`);
        else if (file.size > most) complain(`${file.name} is too large: ${Math.floor(most / 1048576)} MB at most.`);
        else send(file);
      }
    });

    form.addEventListener('submit', (event) => {
      const button = event.submitter;
      if (button?.name === 'remove') {
        event.preventDefault();
        const body = new URLSearchParams({ csrf: form.elements.csrf.value });
        fetch(`/uploads/${button.value}/remove`, { method: 'POST', body });
        button.closest('li').remove();
        complain('');
        room();
        files.focus();
      } else if (sending > 0) {
        event.preventDefault();
        complain('Wait until every file is sent.');
      }
    });

    // Ctrl+Enter or ⌘+Enter sends the form.
    form.elements.text.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    room();
  }

  // ---- Voting: updates the poll in place. ----

  async function vote(form) {
    const box = form.closest('.poll');
    const button = form.querySelector('button');
    button.disabled = true;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: 'POST', body });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const fresh = answer.ok && page.getElementById(box.id);
      if (fresh) {
        box.replaceWith(fresh);
        return;
      }
      const error = page.querySelector('.notice-bad span')?.textContent || 'The vote could not be sent.';
      form.querySelector('.poll-foot .faint').textContent = error;
    } catch {
      form.querySelector('.poll-foot .faint').textContent = 'The vote could not be sent. Try again.';
    }
    button.disabled = false;
  }

  all('form[data-compose]').forEach(compose);

  document.addEventListener('submit', (event) => {
    if (event.target.matches('form[data-vote]')) {
      event.preventDefault();
      vote(event.target);
    }
  });

  // ---- Menus: closed by a click elsewhere, or Escape. ----

  document.addEventListener('click', (event) => {
    for (const menu of all('details[data-menu][open]')) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    for (const menu of all('details[data-menu][open]')) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
  });
})();
