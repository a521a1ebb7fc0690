;;; Drive eglot in a file with what a user of Emacs would call; print what came, for test_emacs.py -*- lexical-binding: t -*-

(require 'eglot)
(require 'json)
(setq eglot-sync-connect t eglot-connect-timeout 60 eglot-autoshutdown t
      make-backup-files nil python-indent-guess-indent-offset nil)
(setq-default eglot-workspace-configuration '(:mistralLsp (:completion (:max_tokens 7))))
(advice-add 'y-or-n-p :override #'always)
(advice-add 'completing-read :override
            (lambda (_ rows &rest _) (seq-find (apply-partially #'string-prefix-p "Fix") (mapcar #'car rows))))

(defmacro until (what &rest holds)
  "Wait for WHAT, which is there once HOLDS."
  `(with-timeout (60 (error "Not there: %s" ,what))
     (while (not (progn ,@holds)) (accept-process-output nil 0.02))))

(defun tell (name value) (princ (format "%s\t%s\n" name (json-encode value))))

(defun visit (file)
  (find-file file)
  (python-mode)
  (unless (eglot-managed-p) (call-interactively #'eglot))
  (until "eglot" (eglot-managed-p)))

;; The completion menu.
(visit "menu.py")
(end-of-line)
(until "a row of the menu" (progn (completion-at-point) (looking-back "\\+ b" 1)))
(tell 'line (buffer-substring-no-properties (line-beginning-position) (line-end-position)))

;; A syntax error, explained where Emacs shows documentation.
(visit "broken.py")
(flymake-start)
(until "a diagnostic" (flymake-diagnostics))
(goto-char (flymake-diagnostic-beg (car (flymake-diagnostics))))
(let (shown)
  (eglot-hover-eldoc-function (lambda (text &rest _) (setq shown text)))
  (until "an explanation" shown)
  (tell 'hover (substring-no-properties shown)))

;; The same, mended by the action that is picked from the list.
(let ((last-nonmenu-event ?a)) ; by the keyboard, not the mouse
  (call-interactively #'eglot-code-action-quickfix))
(tell 'mended (buffer-string))

(let ((server (eglot-current-server)))
  (eglot-shutdown server)
  (tell 'running (and (jsonrpc-running-p server) t)))
(dolist (buffer (buffer-list)) (with-current-buffer buffer (set-buffer-modified-p nil)))
