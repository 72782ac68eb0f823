<?php
// Part of the agent, see ../agent.php: WP Fusion as it is stored and loaded, and the text that leaves the site.

$fusebox_agent->site = new class( $fusebox_agent ) {
	const MAX_TEXT = 1000;

	/** The plugin's class for Salesforce, once a verb has asked for it. */
	public $crm = null;
	/** What is hidden from every text that leaves, beside what is stored: a code that is being exchanged. */
	public $hidden = '';
	private $agent;

	public function __construct( $agent ) {
		$this->agent = $agent;
	}

	public function options() {
		$options = get_option( 'wpf_options', array() );
		return is_array( $options ) ? $options : array();
	}

	/** The settings as they are stored at this moment, whatever was loaded before. */
	public function fresh() {
		foreach ( array( 'alloptions', 'notoptions', 'wpf_options' ) as $cached ) {
			wp_cache_delete( $cached, 'options' );
		}
		return $this->options();
	}

	public function setting( $options, $name, $default ) {
		return isset( $options[ $name ] ) && is_string( $options[ $name ] ) && '' !== $options[ $name ] ? $options[ $name ] : $default;
	}

	/** An installed copy that is active wins; the full plugin before Lite, which steps aside for it. */
	public function plugin_state() {
		$active = array_merge( (array) get_option( 'active_plugins', array() ), array_keys( (array) get_site_option( 'active_sitewide_plugins', array() ) ) );
		$found  = array( 'state' => 'absent' );
		foreach ( array( 'wp-fusion' => 'full', 'wp-fusion-lite' => 'lite' ) as $name => $edition ) {
			$file = "$name/$name.php";
			foreach ( $active as $candidate ) {
				// Its directory may have been renamed, as unpacking by hand does.
				$file = is_string( $candidate ) && "$name.php" === basename( $candidate ) ? $candidate : $file;
			}
			if ( ! is_readable( WP_PLUGIN_DIR . '/' . $file ) ) {
				continue;
			}
			$data    = get_file_data( WP_PLUGIN_DIR . '/' . $file, array( 'version' => 'Version' ) );
			$version = (string) $data['version'];
			if ( in_array( $file, $active, true ) ) {
				return array( 'state' => 'active', 'edition' => $edition, 'version' => $version );
			}
			if ( 'absent' === $found['state'] ) {
				$found = array( 'state' => 'inactive', 'version' => $version );
			}
		}
		return $found;
	}

	public function connection( $options ) {
		$access  = $this->setting( $options, 'sf_access_token', '' );
		$refresh = $this->setting( $options, 'sf_refresh_token', '' );
		if ( '' === $access && '' === $refresh ) {
			return null;
		}
		preg_match( '#/id/(00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?)/(005[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?)/?$#D', $this->setting( $options, 'sf_id', '' ), $id );
		return array(
			'org_id'       => isset( $id[1] ) ? $id[1] : null,
			'user_id'      => isset( $id[2] ) ? $id[2] : null,
			'instance_url' => $this->setting( $options, 'sf_instance_url', '' ),
			'access_fp'    => $this->fingerprint( $access ),
			'refresh_fp'   => $this->fingerprint( $refresh ),
		);
	}

	/** The first 128 bits of HMAC-SHA256: equal tokens look equal, and nothing leads back. */
	public function fingerprint( $token ) {
		return '' === $token ? null : substr( hash_hmac( 'sha256', $token, hex2bin( $this->agent->request['key'] ) ), 0, 32 );
	}

	/** A filter may set another than the stored one; the loaded class knows. */
	public function object_type( $options ) {
		$crm = $this->loaded_crm();
		return isset( $crm->object_type ) && is_string( $crm->object_type ) ? $crm->object_type : $this->setting( $options, 'sf_object_type', 'Contact' );
	}

	public function stored_count( $option, $grouped ) {
		$stored = get_option( $option, null );
		if ( ! is_array( $stored ) ) {
			return null;
		}
		return $grouped ? array_sum( array_map( 'count', array_filter( $stored, 'is_array' ) ) ) : count( $stored );
	}

	/** As the plugin decides it: the constant, then host and path of the recorded address, then the setting. */
	public function staging( $options ) {
		// The plugin writes a mark into the recorded address, so that hosts' search-and-replace passes it by.
		$recorded  = str_replace( '_[wpf_siteurl]_', '', $this->setting( $options, 'site_url', '' ) );
		$duplicate = '' !== $recorded && $this->place( $recorded ) !== $this->place( get_site_url() );
		$constant  = defined( 'WPF_STAGING_MODE' ) ? WPF_STAGING_MODE : null;
		$effective = false !== $constant && ( true === $constant || $duplicate || ! empty( $options['staging_mode'] ) );
		return array( 'effective' => $effective, 'duplicate' => $duplicate, 'recorded_url' => '' === $recorded ? null : $recorded );
	}

	public function place( $url ) {
		return array( wp_parse_url( $url, PHP_URL_HOST ), wp_parse_url( $url, PHP_URL_PATH ) );
	}

	public function cron() {
		$crons  = get_option( 'cron', array() );
		$times  = is_array( $crons ) ? array_filter( array_keys( $crons ), 'is_int' ) : array();
		$oldest = array() === $times ? time() : min( $times );
		return array( 'disabled' => defined( 'DISABLE_WP_CRON' ) && DISABLE_WP_CRON, 'stalled' => $oldest < time() - 3600 );
	}

	public function plugin_refusal() {
		$plugin = $this->plugin_state();
		if ( 'absent' === $plugin['state'] ) {
			return $this->agent->fail( 'plugin_absent', 'WP Fusion is not installed.' );
		}
		if ( 'inactive' === $plugin['state'] ) {
			return $this->agent->fail( 'plugin_inactive', "WP Fusion {$plugin['version']} is installed and not active." );
		}
		$crm = $this->setting( $this->options(), 'crm', null );
		return null === $crm || 'salesforce' === $crm ? null : $this->agent->fail( 'other_crm', "WP Fusion is set to $crm." );
	}

	/** Why there is no connection to work with; null when there is one. With `$loaded`, its class is put into place. */
	public function refusal( $loaded ) {
		$plugin = $this->plugin_refusal();
		if ( null !== $plugin ) {
			return $plugin;
		}
		$options = $this->options();
		if ( null === $this->setting( $options, 'crm', null ) || null === $this->connection( $options ) ) {
			return $this->agent->fail( 'not_authorized', 'Nobody has authorized WP Fusion for Salesforce yet.' );
		}
		$this->crm = $loaded ? $this->loaded_crm() : null;
		if ( $loaded && ( null === $this->crm || ! method_exists( $this->crm, 'connect' ) ) ) {
			return $this->agent->fail( 'internal', 'WP Fusion is active, and its class for Salesforce was not loaded in this call.' );
		}
		return null;
	}

	/** `wp_fusion()->crm` is a proxy that stays silent in staging mode; the class behind it does what is asked. */
	public function loaded_crm() {
		if ( ! function_exists( 'wp_fusion' ) ) {
			return null;
		}
		$fusion = wp_fusion();
		return isset( $fusion->crm->crm ) && is_object( $fusion->crm->crm ) ? $fusion->crm->crm : null;
	}

	/** One line without markup, tokens, secrets and e-mail addresses. */
	public function text( $text ) {
		$text = html_entity_decode( wp_strip_all_tags( (string) $text ), ENT_QUOTES, 'UTF-8' );
		$text = trim( preg_replace( '/\s+/', ' ', $this->mask( $text ) ) );
		return mb_strlen( $text, 'UTF-8' ) > self::MAX_TEXT ? mb_substr( $text, 0, self::MAX_TEXT, 'UTF-8' ) . '…' : $text;
	}

	public function mask( $text ) {
		$options = $this->options();
		$text    = '' === $this->hidden ? $text : str_replace( array( $this->hidden, rawurlencode( $this->hidden ) ), '[secret]', $text );
		foreach ( array( 'sf_access_token', 'sf_refresh_token', 'sf_combined_token', 'access_key', 'license_key' ) as $name ) {
			$secret = $this->setting( $options, $name, '' );
			if ( strlen( $secret ) >= 6 ) {
				$text = str_replace( $secret, '[secret]', $text );
			}
		}
		$patterns = array(
			'/\bBearer\s+[^\s"\'<>,;]+/i'                                         => 'Bearer [secret]',
			'/\b00D[A-Za-z0-9]{12,15}![^\s"\'<>,;]+/'                             => '[secret]',
			'/\b5Aep[A-Za-z0-9._-]+/'                                             => '[secret]',
			'/\b3MVG9[A-Za-z0-9._-]+/'                                            => '[secret]',
			'/\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/'          => '[secret]',
			'/\b((?:client_secret|client_id|refresh_token|access_token|assertion|password|access_key)["\'\]]*\s*(?:=>|=|:)\s*["\']?)[^\s"\'&<>,;)]+/i' => '$1[secret]',
			'/\b[0-9A-Fa-f]{32,}\b/'                                              => '[secret]',
			'/[A-Za-z0-9+_!=-]{48,}/'                                             => '[secret]',
			'/[^\s@<>"\'(),;:]+@[^\s@<>"\'(),;:]+\.[A-Za-z]{2,}/'                 => '[e-mail]',
		);
		return preg_replace( array_keys( $patterns ), array_values( $patterns ), $text );
	}
};
